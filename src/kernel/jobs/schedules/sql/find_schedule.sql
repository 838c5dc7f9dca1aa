SELECT id, name, cron, timezone, kind, payload, queue, class, catch_up, catch_up_most, overlap, state,
       is_built_in, next_at, last_job, missed, made_by, created_at, updated_at
FROM schedules
WHERE id = :id
