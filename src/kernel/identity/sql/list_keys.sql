SELECT id, name, permissions, resources, maker, created_at, expires_at, last_used_at, last_used_from
FROM api_keys
WHERE id < ifnull(:after, 'g')
ORDER BY id DESC
LIMIT :limit
