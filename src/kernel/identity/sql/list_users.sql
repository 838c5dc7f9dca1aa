SELECT id, email, name, state, created_at, updated_at
FROM users
WHERE 1
  AND email_key > :after -- if :after
ORDER BY email_key
LIMIT :limit
