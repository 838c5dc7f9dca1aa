SELECT 1 AS value
FROM schedule_firings_all
WHERE tenant_id = :tenant AND schedule_id = :schedule AND due_at = :due AND is_by_hand = :by_hand
