WITH RECURSIVE found (type) AS (
    SELECT min(type)
    FROM events
    WHERE type >= :low AND type < :high
    UNION ALL
    SELECT (SELECT min(type) FROM events WHERE type > found.type AND type < :high)
    FROM found
    WHERE found.type IS NOT NULL
)
SELECT type AS value
FROM found
WHERE type IS NOT NULL
LIMIT :limit
