UPDATE users
SET name       = :name,
    name_key   = :name_key,
    updated_at = :now
WHERE id = :user
RETURNING id, email, name, state, created_at, updated_at
