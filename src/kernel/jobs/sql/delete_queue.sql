DELETE FROM job_queues_all
WHERE tenant_id = :tenant AND name = :name
