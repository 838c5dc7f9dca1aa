SELECT EXISTS (
    SELECT 1
    FROM sessions
    WHERE user_id = :user
      AND address = :address
) AS value
