DELETE FROM dead_letter_groups_all
WHERE tenant_id = :tenant AND subscription_id = :subscription
