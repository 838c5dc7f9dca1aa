DELETE FROM schedules_all
WHERE tenant_id = :tenant AND id = :id
