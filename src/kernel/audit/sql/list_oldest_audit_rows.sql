SELECT number, at, hash
FROM audit_all
WHERE tenant_id = :tenant
ORDER BY number
LIMIT :limit
