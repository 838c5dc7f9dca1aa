SELECT id, email, name, state, created_at, updated_at, role
FROM users
WHERE name_key >= :begin
  AND name_key <  :end
  AND NOT (email_key >= :begin AND email_key < :end)
  AND +role = :role  -- if :role
  AND state = :state -- if :state
  AND (name_key, id) > (:after, :after_id) -- if :after
ORDER BY name_key, id
LIMIT :limit
