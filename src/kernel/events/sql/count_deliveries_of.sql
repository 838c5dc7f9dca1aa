SELECT count(*) AS value
FROM deliveries_all
WHERE tenant_id = :tenant AND event_id = :event AND replay_of IS NULL
