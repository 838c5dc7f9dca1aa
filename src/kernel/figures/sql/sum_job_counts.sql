SELECT queue, state, sum(jobs) AS jobs
FROM job_counts_all
GROUP BY queue, state
