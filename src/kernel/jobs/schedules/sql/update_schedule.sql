UPDATE schedules_all
SET name          = :name,
    cron          = :cron,
    timezone      = :timezone,
    kind          = :kind,
    payload       = :payload,
    queue         = :queue,
    class         = :class,
    catch_up      = :catch_up,
    catch_up_most = :catch_up_most,
    overlap       = :overlap,
    state         = :state,
    next_at       = :next_at,
    updated_at    = :now
WHERE tenant_id = :tenant AND id = :id
RETURNING id, name, cron, timezone, kind, payload, queue, class, catch_up, catch_up_most, overlap, state,
          is_built_in, next_at, last_job, missed, made_by, created_at, updated_at
