SELECT number AS value
FROM tenants
WHERE NOT EXISTS (
    SELECT 1
    FROM subscriptions_all
    WHERE tenant_id = number AND name = :name AND pattern = :pattern AND state <> 'deleted'
)
