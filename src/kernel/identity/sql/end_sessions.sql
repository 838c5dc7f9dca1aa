UPDATE sessions
SET ended_at = :now
WHERE user_id = :user
  AND ended_at IS NULL
  AND id <> :keep -- if :keep
RETURNING id AS value
