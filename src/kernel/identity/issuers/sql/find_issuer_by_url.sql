SELECT id, issuer, audience, role, role_claim, roles, jwks_url, state, created_at, updated_at
FROM issuers
WHERE issuer = :issuer
