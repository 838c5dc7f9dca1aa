UPDATE outside_users
SET claimed_at   = :claimed_at,
    refreshed_at = :now
WHERE user_id = :user
