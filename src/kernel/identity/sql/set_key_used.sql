UPDATE api_keys_all
SET last_used_at = :at, last_used_from = :from
WHERE tenant_id = :tenant AND id = :id
