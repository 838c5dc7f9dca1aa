SELECT tenant_id AS tenant, state, sum(jobs) AS jobs
FROM job_counts_all
WHERE jobs > 0 AND (state = 'ready' OR state = 'running' OR state = 'scheduled')
GROUP BY tenant_id, state
