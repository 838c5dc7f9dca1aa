SELECT accounts.state     AS state,
       members.role       AS role,
       roles.permissions  AS permissions
FROM users_all AS accounts
LEFT JOIN members_all AS members
       ON members.tenant_id  = :tenant
      AND members.account_id = accounts.id
LEFT JOIN roles_all AS roles
       ON roles.tenant_id = :tenant
      AND roles.name      = members.role
WHERE accounts.tenant_id = 1
  AND accounts.id        = :account
