DELETE FROM requests
WHERE id = :id
RETURNING 1 AS value
