SELECT id, queue
FROM jobs_all
WHERE tenant_id = :tenant AND state = :state AND finished_at < :before
ORDER BY id
LIMIT :limit
