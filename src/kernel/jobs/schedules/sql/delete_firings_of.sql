DELETE FROM schedule_firings_all
WHERE tenant_id = :tenant AND schedule_id = :schedule
