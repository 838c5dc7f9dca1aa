UPDATE tenants
SET slug        = :slug,
    name        = :name,
    signup      = :signup,
    max_storage = :max_storage,
    max_events  = :max_events,
    max_jobs    = :max_jobs,
    updated_at  = :now
WHERE number = :number
