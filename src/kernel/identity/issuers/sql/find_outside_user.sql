SELECT users.id                   AS id,
       users.name                 AS name,
       users.role                 AS role,
       outside_users.claimed_at   AS claimed_at,
       outside_users.refreshed_at AS refreshed_at
FROM outside_users
JOIN users ON users.id = outside_users.user_id
WHERE outside_users.issuer  = :issuer
  AND outside_users.subject = :subject
