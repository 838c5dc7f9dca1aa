SELECT id, queue, attempt, max_attempts, lease, started_at, cause
FROM jobs_all
WHERE tenant_id = :tenant AND state = 'running' AND lease_until IS NULL
ORDER BY id
LIMIT :limit
