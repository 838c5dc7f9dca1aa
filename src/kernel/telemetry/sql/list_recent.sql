SELECT trace AS value
FROM traces
ORDER BY started DESC, number DESC
LIMIT :limit
