UPDATE webhook_secrets_all
SET previous = secret, previous_until = :until, secret = :secret
WHERE tenant_id = :tenant AND subscription_id = :subscription
