SELECT id, type, subject, status, created_at, 'null' AS payload, actor, trace_id, request_id, cause, chain
FROM events
WHERE cause = :cause
ORDER BY id
LIMIT :limit
