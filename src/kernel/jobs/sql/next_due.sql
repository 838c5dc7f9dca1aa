SELECT run_at AS value
FROM jobs_all
WHERE tenant_id = :tenant AND state = 'scheduled'
ORDER BY run_at
LIMIT 1
