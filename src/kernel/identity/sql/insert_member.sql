INSERT INTO members_all (tenant_id, account_id, role, created_at)
VALUES (:tenant, :account, :role, :now)
