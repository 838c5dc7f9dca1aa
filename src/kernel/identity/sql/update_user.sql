UPDATE users
SET email      = :email,
    email_key  = :email_key,
    name       = :name,
    name_key   = :name_key,
    state      = :state,
    role       = :role,
    updated_at = :now
WHERE id = :user
RETURNING id, email, name, state, created_at, updated_at, role
