INSERT INTO schedules_all (tenant_id, id, name, cron, timezone, kind, payload, queue, class, catch_up, catch_up_most,
                           overlap, state, is_built_in, next_at, missed, made_by, created_at, updated_at)
VALUES (:tenant, :id, :name, :cron, :timezone, :kind, :payload, :queue, :class, :catch_up, :catch_up_most,
        :overlap, :state, :is_built_in, :next_at, 0, :made_by, :now, :now)
RETURNING id, name, cron, timezone, kind, payload, queue, class, catch_up, catch_up_most, overlap, state,
          is_built_in, next_at, last_job, missed, made_by, created_at, updated_at
