SELECT EXISTS (SELECT 1 FROM users WHERE role = :name)
    OR EXISTS (SELECT 1 FROM members WHERE role = :name) AS value
