SELECT next_at AS value
FROM schedules_all
WHERE tenant_id = :tenant AND next_at IS NOT NULL
ORDER BY next_at
LIMIT 1
