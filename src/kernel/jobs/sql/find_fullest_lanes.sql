SELECT tenant_id AS tenant, queue, state, jobs
FROM job_counts_all
WHERE jobs > 0
  AND (state = 'ready' OR state = 'running' OR state = 'scheduled')
  AND queue IN (
    SELECT queue
    FROM job_counts_all
    WHERE jobs > 0 AND (state = 'ready' OR state = 'running' OR state = 'scheduled')
    GROUP BY queue
    ORDER BY sum(CASE state WHEN 'scheduled' THEN 0 ELSE jobs END) DESC, sum(jobs) DESC, queue
    LIMIT :queues
)
