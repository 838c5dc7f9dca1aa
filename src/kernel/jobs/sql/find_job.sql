SELECT payload, result, time_limit, id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
       started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause, cancel_asked_at, lease
FROM jobs
WHERE id = :id
