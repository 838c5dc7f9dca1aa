SELECT id AS value
FROM jobs
WHERE id < ifnull(:before, 'g')
  AND state <> 'ready' AND state <> 'running' AND state = :walk_state -- if :walk_state
  AND state = 'running' -- if :walk_running
  AND state = 'ready' AND queue = :walk_queue AND class = :walk_class -- if :walk_queue
  AND kind = :walk_kind -- if :walk_kind
  AND trace_id = :walk_trace -- if :walk_trace
ORDER BY id DESC
LIMIT 1 OFFSET :walk - 1
