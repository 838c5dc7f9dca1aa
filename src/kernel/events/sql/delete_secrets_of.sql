DELETE FROM webhook_secrets_all
WHERE tenant_id = :tenant AND subscription_id = :subscription
