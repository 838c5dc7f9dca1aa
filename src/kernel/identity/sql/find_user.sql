SELECT id, email, name, state, created_at, updated_at
FROM users
WHERE id = :user
