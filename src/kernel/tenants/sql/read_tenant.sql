SELECT number, id, slug, name, state, created_at, updated_at
FROM tenants
WHERE number = :number
