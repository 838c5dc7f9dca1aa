SELECT count(*) AS value
FROM api_keys_all
WHERE maker = :maker
  AND (expires_at IS NULL OR expires_at > :now)
  AND tenant_id = :tenant -- if :tenant
