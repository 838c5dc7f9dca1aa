SELECT host AS value
FROM tenant_hosts
WHERE tenant_number = :number
ORDER BY host
