DELETE FROM lines
WHERE tenant = :tenant
