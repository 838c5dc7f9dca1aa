SELECT state, lease_until, id, kind, queue, attempt, max_attempts, lease, started_at, cancel_asked_at,
       backoff, cause, trace_id, span
FROM jobs_all
WHERE tenant_id = :tenant AND id = :id
