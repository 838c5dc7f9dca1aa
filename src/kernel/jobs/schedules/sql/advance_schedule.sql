UPDATE schedules_all
SET next_at = :next_at, missed = missed + :missed
WHERE tenant_id = :tenant AND id = :id
