INSERT INTO schedule_firings_all (tenant_id, schedule_id, due_at, is_by_hand, fired_at, result, error, job_id)
VALUES (:tenant, :schedule, :due, :by_hand, :now, :result, :error, :job)
