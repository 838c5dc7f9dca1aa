INSERT INTO jobs_all (
    tenant_id, id, kind, queue, state, class, run_at, attempt, max_attempts, lease, time_limit,
    backoff, unique_key, tags, actor, trace_id, request_id, cause, chain, span, created_at, started_at,
    payload
) VALUES (
    :tenant, :id, :kind, :queue, :state, :class, :run_at, :attempt, :max_attempts, :attempt, :time_limit,
    :backoff, :unique_key, :tags, :actor, :trace_id, :request_id, :cause, :chain, :span, :now, :started_at,
    :payload
)
