DELETE FROM api_keys_all
WHERE tenant_id = :tenant AND id IN (
    SELECT id
    FROM api_keys_all
    WHERE tenant_id = :tenant AND expires_at < :before
    LIMIT :limit
)
