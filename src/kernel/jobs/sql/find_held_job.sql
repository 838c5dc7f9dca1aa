SELECT state, lease_until, id, kind, queue, attempt, max_attempts, lease, started_at, cancel_asked_at,
       backoff, cause
FROM jobs_all
WHERE tenant_id = :tenant AND id = :id
