SELECT id, email, name, state, created_at, updated_at, role
FROM users
WHERE id = :user
