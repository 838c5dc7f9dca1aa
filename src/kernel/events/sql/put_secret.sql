INSERT INTO webhook_secrets_all (tenant_id, subscription_id, secret) VALUES (:tenant, :subscription, :secret)
