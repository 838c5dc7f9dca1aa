UPDATE jobs_all
SET cancel_asked_at = :now
WHERE tenant_id = :tenant AND id = :id AND state = 'running'
