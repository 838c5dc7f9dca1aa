SELECT id AS value
FROM jobs
WHERE id < ifnull(:before, 'g')
  AND state = :walk_state -- if :walk_state
  AND kind = :walk_kind -- if :walk_kind
  AND trace_id = :walk_trace -- if :walk_trace
ORDER BY id DESC
LIMIT 1 OFFSET :walk - 1
