DELETE FROM idempotent_replies
WHERE (actor, key) IN (
    SELECT actor, key
    FROM idempotent_replies
    WHERE created_at < :before
    LIMIT :limit
)
RETURNING 1 AS value
