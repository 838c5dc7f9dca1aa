SELECT id, event_id, subscription_id, ordered_by, state, replay_of, attempts, error, fingerprint, created_at,
       ended_at
FROM deliveries_all
WHERE tenant_id = :tenant AND unlikely(event_id = :event) AND subscription_id = :subscription
ORDER BY id DESC
LIMIT 1
