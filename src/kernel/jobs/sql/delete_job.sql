DELETE FROM jobs_all
WHERE tenant_id = :tenant AND id = :id AND state <> 'running'
