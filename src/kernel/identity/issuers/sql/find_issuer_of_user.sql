SELECT issuers.issuer AS value
FROM outside_users
JOIN issuers ON issuers.issuer = outside_users.issuer
WHERE outside_users.user_id = :user
