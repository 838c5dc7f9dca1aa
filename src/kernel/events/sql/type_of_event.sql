SELECT type AS value
FROM events_all
WHERE tenant_id = :tenant AND id = :id
