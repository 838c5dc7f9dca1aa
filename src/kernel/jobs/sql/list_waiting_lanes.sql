SELECT queue AS value
FROM job_counts_all
WHERE tenant_id = :tenant AND state = 'ready' AND jobs > 0
