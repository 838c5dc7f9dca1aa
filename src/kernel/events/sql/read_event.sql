SELECT id, type, subject, status, created_at, payload, actor, trace_id, request_id, cause, chain
FROM events_all
WHERE tenant_id = :tenant AND id = :id
