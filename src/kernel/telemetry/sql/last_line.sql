SELECT number AS value
FROM lines
ORDER BY number DESC
LIMIT 1
