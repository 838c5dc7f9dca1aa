SELECT 1 AS value
FROM jobs
WHERE queue = :queue AND state = 'ready' AND (class, id) < (:class, :id)
LIMIT 10000
