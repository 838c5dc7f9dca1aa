SELECT used AS value
FROM usage_all
WHERE tenant_id = :tenant AND day = :day AND what = :what
