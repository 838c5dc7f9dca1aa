DELETE FROM event_minutes_all
WHERE tenant_id = :tenant AND minute < :minute
