UPDATE job_counts_all
SET jobs = jobs + :change
WHERE tenant_id = :tenant AND queue = :queue AND state = :state
