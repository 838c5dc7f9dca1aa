DELETE FROM subscriptions_all
WHERE tenant_id = :tenant AND id = :id
