SELECT filter, handlers, total, done, deliveries, goes_on_before, ended_at
FROM event_replays_all
WHERE tenant_id = :tenant AND id = :id
