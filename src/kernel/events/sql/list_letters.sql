SELECT id, event_id, subscription_id, ordered_by, state, replay_of, attempts, error, fingerprint, created_at,
       ended_at
FROM deliveries
WHERE state = 'dead' AND id < :before
  AND fingerprint = :fingerprint -- if :fingerprint
  AND subscription_id = :subscription -- if :subscription
ORDER BY id DESC
LIMIT :limit
