DELETE FROM errors
WHERE tenant = :tenant
