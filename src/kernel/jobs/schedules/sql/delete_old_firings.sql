DELETE FROM schedule_firings_all
WHERE tenant_id = :tenant AND schedule_id = :schedule AND due_at < (
    SELECT due_at
    FROM schedule_firings_all
    WHERE tenant_id = :tenant AND schedule_id = :schedule
    ORDER BY due_at DESC
    LIMIT 1 OFFSET :keep
)
