SELECT tenants.id    AS id,
       tenants.slug  AS slug,
       tenants.name  AS name,
       tenants.state AS state,
       members.role  AS role
FROM tenants
JOIN members_all AS members
  ON members.tenant_id  = tenants.number
 AND members.account_id = :account
WHERE tenants.state <> 'deleting'
  AND tenants.number > 1
