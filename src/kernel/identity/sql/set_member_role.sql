UPDATE members
SET role = :role
WHERE account_id = :account
