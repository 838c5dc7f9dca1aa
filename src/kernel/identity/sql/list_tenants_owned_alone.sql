SELECT tenants.slug AS value
FROM tenants
JOIN members_all AS members
  ON members.tenant_id  = tenants.number
 AND members.account_id = :account
 AND members.role       = 'owner'
WHERE tenants.state <> 'deleting'
  AND NOT EXISTS (
    SELECT 1
    FROM members_all AS others
    JOIN users_all AS accounts
      ON accounts.tenant_id = 1
     AND accounts.id        = others.account_id
     AND accounts.state     = 'active'
    WHERE others.tenant_id   = tenants.number
      AND others.role        = 'owner'
      AND others.account_id <> :account
  )
LIMIT 10
