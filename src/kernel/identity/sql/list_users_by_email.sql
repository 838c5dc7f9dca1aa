SELECT id, email, name, state, created_at, updated_at, role
FROM users
WHERE 1
  AND email_key >= :begin  -- if :begin
  AND email_key <  :end    -- if :begin
  AND role       = :role   -- if :role
  AND state      = :state  -- if :state
  AND email_key  > :after  -- if :after
ORDER BY email_key
LIMIT :limit
