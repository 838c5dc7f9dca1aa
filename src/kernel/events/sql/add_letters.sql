UPDATE dead_letter_groups_all
SET letters = letters + :letters, error = ifnull(:error, error), last_at = max(last_at, :now)
WHERE tenant_id = :tenant AND fingerprint = :fingerprint
