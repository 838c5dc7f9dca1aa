SELECT id, address, user_agent, created_at, expires_at
FROM sessions
WHERE user_id    = :user
  AND ended_at IS NULL
  AND +expires_at > :now
ORDER BY created_at DESC, id DESC
LIMIT 200
