SELECT id, created_at
FROM events_all
WHERE tenant_id = :tenant AND unique_key = :key
