DELETE FROM deliveries_all
WHERE tenant_id = :tenant AND event_id = :event
