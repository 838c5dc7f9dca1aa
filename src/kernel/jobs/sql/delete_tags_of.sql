DELETE FROM job_tags_all
WHERE tenant_id = :tenant AND job_id = :job
