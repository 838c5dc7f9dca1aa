DELETE FROM users
WHERE id = :user
