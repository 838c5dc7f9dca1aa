SELECT queue, state, jobs
FROM job_counts
WHERE queue = :queue -- if :queue
ORDER BY queue, state
LIMIT 5000
