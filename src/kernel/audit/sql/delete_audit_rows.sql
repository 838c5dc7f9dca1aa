DELETE FROM audit_all
WHERE tenant_id = :tenant
  AND number   <= :number
