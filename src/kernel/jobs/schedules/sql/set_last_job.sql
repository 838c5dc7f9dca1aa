UPDATE schedules_all
SET last_job = :job
WHERE tenant_id = :tenant AND id = :id
