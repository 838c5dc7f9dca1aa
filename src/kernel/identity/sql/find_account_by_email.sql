SELECT id AS value
FROM users_all
WHERE tenant_id = 1
  AND email_key = :email_key
