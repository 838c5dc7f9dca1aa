UPDATE tenants
SET state      = :state,
    updated_at = :now
WHERE number = :number
