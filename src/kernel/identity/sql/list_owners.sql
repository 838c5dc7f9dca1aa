SELECT users.id, users.email, users.name, users.state, users.created_at, users.updated_at
FROM members
JOIN users ON users.id = members.account_id
WHERE members.role = 'owner'
ORDER BY members.account_id
LIMIT 10
