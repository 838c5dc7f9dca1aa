INSERT INTO event_replays_all (
    tenant_id, id, filter, handlers, total, done, deliveries, created_at
) VALUES (:tenant, :id, :filter, :handlers, :total, 0, 0, :now)
