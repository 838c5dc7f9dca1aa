DELETE FROM event_hours_all
WHERE rowid IN (
    SELECT rowid
    FROM event_hours_all
    WHERE tenant_id = :tenant AND hour < :hour
    LIMIT :limit
)
