SELECT name, concurrency, rate, is_paused, is_outside, created_at, updated_at
FROM job_queues
WHERE name = :name
