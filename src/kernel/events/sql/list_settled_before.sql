SELECT id AS value
FROM events_all
WHERE tenant_id = :tenant AND id < :before AND status = :status AND open = 0
ORDER BY id
LIMIT :limit
