SELECT EXISTS (
    SELECT 1
    FROM members_all AS others
    JOIN users_all AS accounts
      ON accounts.tenant_id = 1
     AND accounts.id        = others.account_id
     AND accounts.state     = 'active'
    WHERE others.tenant_id   = :tenant
      AND others.role        = 'owner'
      AND others.account_id <> :account
) AS value
