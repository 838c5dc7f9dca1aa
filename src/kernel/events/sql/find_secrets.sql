SELECT secret, previous, previous_until
FROM webhook_secrets
WHERE subscription_id = :subscription
