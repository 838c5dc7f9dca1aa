SELECT DISTINCT users.role AS value
FROM outside_users
CROSS JOIN users ON users.id = outside_users.user_id
WHERE outside_users.issuer = :issuer
