UPDATE subscriptions_all
SET state = :state, disabled_for = :disabled_for, disabled_at = :disabled_at, probe_at = :probe_at,
    probes = :probes, is_catching_up = :is_catching_up, successes = :successes, failures = :failures,
    in_a_row = :in_a_row, failing = :failing, last_error = :last_error, last_failed_at = :last_failed_at,
    last_succeeded_at = :last_succeeded_at
WHERE tenant_id = :tenant AND id = :id
