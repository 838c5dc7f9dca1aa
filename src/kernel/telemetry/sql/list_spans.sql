SELECT id, parent, kind, name, started, took, error, status, actor, job, event, attributes
FROM spans
WHERE trace = :trace
LIMIT :limit
