SELECT users.state       AS state,
       users.role        AS role,
       roles.permissions AS permissions
FROM users_all AS users
LEFT JOIN roles_all AS roles
       ON roles.tenant_id = :tenant
      AND roles.name      = users.role
WHERE users.tenant_id = :tenant
  AND users.id        = :user
