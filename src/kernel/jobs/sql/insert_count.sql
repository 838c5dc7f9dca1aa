INSERT INTO job_counts_all (tenant_id, queue, state, jobs) VALUES (:tenant, :queue, :state, :change)
