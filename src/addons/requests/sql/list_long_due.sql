SELECT id AS value
FROM requests
WHERE status = 'open' AND due_at < :due_before AND id > ifnull(:after, '')
ORDER BY id
LIMIT :limit
