DELETE FROM api_keys_all
WHERE tenant_id = :tenant AND expires_at < :before
