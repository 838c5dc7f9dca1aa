DELETE FROM usage_all
WHERE tenant_id = :tenant AND day < :day
