SELECT attempt, started_at, finished_at, outcome, error, logs, detail
FROM job_attempts
WHERE job_id = :job
ORDER BY lease
LIMIT 200
