DELETE FROM members
WHERE account_id = :account
