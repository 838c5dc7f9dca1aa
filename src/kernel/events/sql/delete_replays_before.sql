DELETE FROM event_replays_all
WHERE tenant_id = :tenant AND id IN (
    SELECT id
    FROM event_replays_all
    WHERE tenant_id = :tenant AND id < :before AND ended_at IS NOT NULL
    LIMIT :limit
)
