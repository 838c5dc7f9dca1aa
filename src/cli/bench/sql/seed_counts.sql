INSERT INTO job_counts_all (tenant_id, queue, state, jobs)
SELECT tenant_id, queue, state, count(*)
FROM jobs_all NOT INDEXED
WHERE rowid BETWEEN :from AND :to
GROUP BY tenant_id, queue, state
ON CONFLICT (tenant_id, queue, state) DO UPDATE SET jobs = jobs + excluded.jobs
