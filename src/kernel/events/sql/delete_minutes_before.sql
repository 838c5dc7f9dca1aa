DELETE FROM event_minutes_all
WHERE rowid IN (
    SELECT rowid
    FROM event_minutes_all
    WHERE tenant_id = :tenant AND minute < :minute
    LIMIT :limit
)
