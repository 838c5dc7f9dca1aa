UPDATE tenants
SET state = :state
WHERE number > :tenant
