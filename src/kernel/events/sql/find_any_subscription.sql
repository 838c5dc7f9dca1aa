SELECT id, name, pattern, target, address, filter, max_attempts, backoff, time_limit, is_ordered, recovery, lane,
       state, disabled_for, disabled_at, probe_at, probes, is_catching_up, successes, failures, in_a_row,
       failing, last_error, last_failed_at, last_succeeded_at, made_by, created_at, updated_at
FROM subscriptions
WHERE id = :id
