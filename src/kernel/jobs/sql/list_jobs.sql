SELECT id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
       started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause
FROM (
    SELECT id, kind, queue, state, class, run_at, attempt, max_attempts, unique_key, tags, created_at,
           started_at, finished_at, progress, progress_note, failure, error, actor, trace_id, request_id, cause
    FROM jobs
    WHERE id < ifnull(:before, 'g')
      AND state <> 'ready' AND state <> 'running' AND state = :walk_state -- if :walk_state
      AND state = 'running' -- if :walk_running
      AND state = 'ready' AND queue = :walk_queue AND class = :walk_class -- if :walk_queue
      AND kind = :walk_kind -- if :walk_kind
      AND trace_id = :walk_trace -- if :walk_trace
    ORDER BY id DESC
    LIMIT :walk
)
WHERE created_at < ifnull(:until, 1e18)
  AND created_at >= :since -- if :since
  AND state = :state -- if :state
  AND kind = :kind -- if :kind
  AND queue = :queue -- if :queue
  AND (instr(unique_key, :search) OR instr(error, :search) OR id = :search) -- if :search
LIMIT :limit
