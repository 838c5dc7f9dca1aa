SELECT id, issuer, audience, role, role_claim, roles, jwks_url, state, created_at, updated_at
FROM issuers
WHERE 1
  AND id > :after -- if :after
ORDER BY id
LIMIT :limit
