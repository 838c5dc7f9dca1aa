UPDATE roles
SET summary     = :summary,
    permissions = :permissions,
    updated_at  = :now
WHERE name = :name
RETURNING name, summary, permissions, created_at, updated_at
