SELECT id AS value
FROM deliveries_all
WHERE tenant_id = :tenant AND subscription_id = :subscription AND ordered_by = :subject
  AND (state = 'waiting' OR state = 'pending' OR state = 'failing')
ORDER BY id
LIMIT 1
