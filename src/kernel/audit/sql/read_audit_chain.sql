SELECT last_number, last_hash
FROM audit_chains_all
WHERE tenant_id = :tenant
