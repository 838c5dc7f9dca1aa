SELECT name, concurrency, rate, is_paused, is_outside, created_at, updated_at
FROM job_queues
ORDER BY name
LIMIT 400
