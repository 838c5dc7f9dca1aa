UPDATE job_queues_all
SET concurrency = :concurrency, rate = :rate, is_paused = :is_paused, updated_at = :now
WHERE tenant_id = :tenant AND name = :name
RETURNING name, concurrency, rate, is_paused, is_outside, created_at, updated_at
