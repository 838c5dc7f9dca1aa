SELECT id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
       started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause
FROM (
    SELECT id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
           started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause
    FROM jobs
    WHERE id < ifnull(:before, 'g')
      AND state = :state -- if :state
      AND kind = :kind -- if :kind
      AND trace_id = :trace -- if :trace
    ORDER BY id DESC
    LIMIT :walk
)
WHERE created_at < ifnull(:until, 1e18)
  AND created_at >= :since -- if :since
  AND queue = :queue -- if :queue
  AND (instr(unique_key, :search) OR instr(error, :search) OR id = :search) -- if :search
LIMIT :limit
