UPDATE jobs_all
SET lease_until = :until, progress = ifnull(:progress, progress), progress_note = ifnull(:note, progress_note)
WHERE tenant_id = :tenant AND id = :id AND state = 'running' AND lease = :lease
