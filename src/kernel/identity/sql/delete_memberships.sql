DELETE FROM members_all
WHERE account_id = :account
  AND tenant_id IN (SELECT number FROM tenants)
