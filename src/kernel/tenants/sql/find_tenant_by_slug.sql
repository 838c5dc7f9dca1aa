SELECT number, id, slug, name, state, signup, created_at, updated_at
FROM tenants
WHERE slug = :slug
