SELECT id AS value
FROM sessions_all
WHERE ended_at IS NOT NULL
  AND expires_at > :now
