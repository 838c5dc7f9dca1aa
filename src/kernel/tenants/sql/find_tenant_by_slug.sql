SELECT number, id, slug, name, state, signup, max_storage, max_events, max_jobs, created_at, updated_at
FROM tenants
WHERE slug = :slug
