SELECT state AS value
FROM jobs_all
WHERE tenant_id = :tenant AND id = :id
