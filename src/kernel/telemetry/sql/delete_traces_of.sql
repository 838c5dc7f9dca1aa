DELETE FROM traces
WHERE tenant = :tenant
