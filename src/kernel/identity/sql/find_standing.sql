SELECT accounts.state AS state,
       members.role   AS role
FROM users_all AS accounts
LEFT JOIN members_all AS members
       ON members.tenant_id  = :tenant
      AND members.account_id = accounts.id
WHERE accounts.tenant_id = 1
  AND accounts.id        = :subject
