SELECT min(at) AS value
FROM (
    SELECT (SELECT min(started) FROM traces) AS at
    UNION ALL
    SELECT (SELECT at FROM lines ORDER BY number LIMIT 1)
)
