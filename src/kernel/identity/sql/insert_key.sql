INSERT INTO api_keys (id, name, permissions, resources, maker, created_at, expires_at, last_used_at, last_used_from)
VALUES (:id, :name, :permissions, :resources, :maker, :now, :expires_at, NULL, NULL)
RETURNING id, name, permissions, resources, maker, created_at, expires_at, last_used_at, last_used_from
