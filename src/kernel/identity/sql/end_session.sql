UPDATE sessions
SET ended_at = :now
WHERE id      = :id
  AND user_id = :user
  AND ended_at IS NULL
RETURNING id AS value
