SELECT id AS value
FROM jobs
WHERE id < ifnull(:before, 'g')
  AND state = :state -- if :state
  AND kind = :kind -- if :kind
  AND trace_id = :trace -- if :trace
ORDER BY id DESC
LIMIT 1 OFFSET :walk - 1
