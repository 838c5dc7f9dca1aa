INSERT INTO events_all (
    tenant_id, id, type, subject, unique_key, status, open, failing, dead, actor, trace_id, request_id, cause,
    chain, created_at, payload
) VALUES (
    :tenant, :id, :type, :subject, :key, :status, :open, 0, 0, :actor, :trace_id, :request_id, :cause,
    :chain, :now, :payload
)
