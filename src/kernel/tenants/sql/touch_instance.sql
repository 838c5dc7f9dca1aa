UPDATE tenants
SET updated_at = :now
WHERE number = 1
