SELECT ifnull(sum(jobs), 0) AS value
FROM job_counts_all
WHERE tenant_id = :tenant AND queue = :lane AND state = 'ready'
