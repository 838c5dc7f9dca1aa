UPDATE event_replays_all
SET done = done + :done, deliveries = deliveries + :deliveries, goes_on_before = ifnull(:before, goes_on_before),
    ended_at = :ended_at
WHERE tenant_id = :tenant AND id = :id
