SELECT ifnull(sum(jobs), 0) AS value
FROM job_counts
WHERE queue = :lane AND state IN ('ready', 'scheduled')
