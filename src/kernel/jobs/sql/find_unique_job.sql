SELECT id AS value
FROM jobs_all
WHERE tenant_id = :tenant AND kind = :kind AND unique_key = :unique_key
  AND unique_key IS NOT NULL AND (state = 'scheduled' OR state = 'ready' OR state = 'running')
