SELECT fingerprint, subscription_id, error, letters, first_at, last_at
FROM dead_letter_groups
WHERE letters > 0
  AND fingerprint > :after -- if :after
ORDER BY fingerprint
LIMIT :limit
