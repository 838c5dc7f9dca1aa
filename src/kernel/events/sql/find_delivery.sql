SELECT id, event_id, subscription_id, ordered_by, state, replay_of, attempts, error, fingerprint, created_at,
       ended_at
FROM deliveries
WHERE id = :id
