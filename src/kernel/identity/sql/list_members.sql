SELECT members.account_id  AS account_id,
       accounts.email      AS email,
       accounts.name       AS name,
       accounts.state      AS state,
       members.role        AS role,
       members.created_at  AS created_at
FROM members_all AS members
JOIN users_all AS accounts
  ON accounts.tenant_id = 1
 AND accounts.id        = members.account_id
WHERE members.tenant_id = :tenant
  AND members.account_id > :after -- if :after
ORDER BY members.account_id
LIMIT :limit
