DELETE FROM tenants
WHERE number = :number
