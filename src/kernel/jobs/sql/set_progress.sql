UPDATE jobs_all
SET progress = :progress, progress_note = :note
WHERE tenant_id = :tenant AND id = :id AND state = 'running' AND lease = :lease
