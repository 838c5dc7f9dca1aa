DELETE FROM tenant_hosts
WHERE tenant_number = :number
