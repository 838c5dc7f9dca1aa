UPDATE tenants
SET slug       = :slug,
    name       = :name,
    signup     = :signup,
    updated_at = :now
WHERE number = :number
