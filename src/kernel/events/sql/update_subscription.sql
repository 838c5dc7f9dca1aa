UPDATE subscriptions_all
SET name = :name, pattern = :pattern, address = :address, filter = :filter, max_attempts = :max_attempts,
    backoff = :backoff, time_limit = :time_limit, is_ordered = :is_ordered, recovery = :recovery,
    updated_at = :now
WHERE tenant_id = :tenant AND id = :id
