SELECT count(*) AS value
FROM schedules_all
WHERE tenant_id = :tenant
