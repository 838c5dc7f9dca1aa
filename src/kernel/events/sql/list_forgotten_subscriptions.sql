SELECT id AS value
FROM subscriptions_all
WHERE tenant_id = :tenant AND state = 'deleted'
  AND NOT EXISTS (
      SELECT 1
      FROM deliveries_all
      WHERE deliveries_all.tenant_id = :tenant AND subscription_id = subscriptions_all.id
  )
LIMIT 100
