UPDATE tenants
SET slug       = :slug,
    name       = :name,
    updated_at = :now
WHERE number = :number
