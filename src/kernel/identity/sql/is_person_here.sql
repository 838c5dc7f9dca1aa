SELECT EXISTS (SELECT 1 FROM users WHERE id = :id)
    OR EXISTS (SELECT 1 FROM members WHERE account_id = :id) AS value
