INSERT INTO deliveries_all (
    tenant_id, id, event_id, subscription_id, ordered_by, state, replay_of, attempts, created_at
) VALUES (:tenant, :id, :event, :subscription, :ordered_by, :state, :replay_of, 0, :now)
