SELECT id, queue, lease, lease_until, started_at
FROM jobs_all
WHERE tenant_id = :tenant AND lease_until IS NOT NULL
LIMIT 20000
