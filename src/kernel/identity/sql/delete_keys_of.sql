DELETE FROM api_keys_all
WHERE maker = :maker
  AND tenant_id = :tenant -- if :tenant
