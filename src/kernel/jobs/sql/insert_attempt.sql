INSERT INTO job_attempts_all (
    tenant_id, job_id, lease, attempt, started_at, finished_at, outcome, error, logs, detail
) VALUES (:tenant, :job, :lease, :attempt, :started_at, :now, :outcome, :error, :logs, :detail)
