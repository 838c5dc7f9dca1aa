SELECT id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
       started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause
FROM jobs
WHERE cause = :cause
ORDER BY id
LIMIT :limit
