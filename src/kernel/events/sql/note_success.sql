UPDATE subscriptions_all
SET successes = successes + 1, in_a_row = 0, failing = '[]', last_succeeded_at = :now
WHERE tenant_id = :tenant AND id = :id
