SELECT id, email, name, state, created_at, updated_at, password_hash
FROM users
WHERE email_key = :email_key
