SELECT id AS value
FROM subscriptions_all
WHERE tenant_id = :tenant AND state = 'deleted'
  AND NOT EXISTS (
      SELECT 1
      FROM deliveries_all
      WHERE deliveries_all.tenant_id = :tenant AND subscription_id = subscriptions_all.id
  )
  -- A group goes by the name, which another subscription may have by now, whose letters it counts too.
  AND NOT EXISTS (
      SELECT 1
      FROM dead_letter_groups_all AS letters_of
      WHERE letters_of.tenant_id = :tenant AND letters_of.subscription_id = subscriptions_all.id
        AND letters_of.letters > 0
  )
LIMIT 100
