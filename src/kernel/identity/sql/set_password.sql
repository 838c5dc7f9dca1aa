UPDATE users
SET password_hash = :hash,
    updated_at    = :now
WHERE id = :user
