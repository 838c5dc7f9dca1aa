UPDATE jobs_all
SET state = :state, run_at = :run_at, max_attempts = :max_attempts, class = :class, payload = :payload,
    finished_at = :finished_at, failure = :failure, error = :error
WHERE tenant_id = :tenant AND id = :id AND state = :from
