INSERT INTO tenants (id, slug, name, state, created_at, updated_at)
VALUES (:id, :slug, :name, :state, :now, :now)
RETURNING number AS value
