SELECT firings.due_at AS due_at, firings.fired_at AS fired_at, firings.is_by_hand AS is_by_hand,
       firings.result AS result, firings.error AS error, firings.job_id AS job_id,
       jobs.state AS job_state, jobs.error AS job_error
FROM schedule_firings AS firings
LEFT JOIN jobs ON jobs.id = firings.job_id
WHERE firings.schedule_id = :schedule
ORDER BY firings.due_at DESC, firings.is_by_hand DESC
LIMIT :limit
