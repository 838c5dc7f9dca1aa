INSERT INTO job_queues_all (
    tenant_id, name, concurrency, rate, is_paused, is_outside, created_at, updated_at
) VALUES (:tenant, :name, :concurrency, :rate, :is_paused, :is_outside, :now, :now)
RETURNING name, concurrency, rate, is_paused, is_outside, created_at, updated_at
