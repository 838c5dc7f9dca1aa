INSERT INTO subscriptions_all (
    tenant_id, id, name, pattern, target, address, filter, max_attempts, backoff, time_limit, is_ordered, recovery,
    lane, state, disabled_for, disabled_at, probes, is_catching_up, successes, failures, in_a_row, failing,
    made_by, created_at, updated_at
) VALUES (
    :tenant, :id, :name, :pattern, :target, :address, :filter, :max_attempts, :backoff, :time_limit, :is_ordered,
    :recovery, :lane, :state, :disabled_for, :disabled_at, 0, 0, 0, 0, 0, '[]', :made_by, :now, :now
)
