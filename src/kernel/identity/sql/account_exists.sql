SELECT EXISTS (
    SELECT 1
    FROM users_all
    WHERE tenant_id = 1
      AND id        = :id
) AS value
