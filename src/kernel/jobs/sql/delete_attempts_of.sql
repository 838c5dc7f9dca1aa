DELETE FROM job_attempts_all
WHERE tenant_id = :tenant AND job_id = :job
