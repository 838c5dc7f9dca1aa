UPDATE jobs_all
SET state = :state, run_at = ifnull(:run_at, run_at), attempt = attempt - :given_back,
    finished_at = :finished_at, failure = :failure, error = :error, result = :result,
    lease_until = NULL, cancel_asked_at = NULL
WHERE tenant_id = :tenant AND id = :id AND state = 'running' AND lease = :lease
