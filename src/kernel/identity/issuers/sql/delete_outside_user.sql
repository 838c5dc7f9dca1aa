DELETE FROM outside_users
WHERE user_id = :user
