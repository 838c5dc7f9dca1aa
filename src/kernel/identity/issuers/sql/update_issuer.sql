UPDATE issuers
SET audience   = :audience,
    role       = :role,
    role_claim = :role_claim,
    roles      = :roles,
    jwks_url   = :jwks_url,
    state      = :state,
    updated_at = :now
WHERE id = :id
RETURNING id, issuer, audience, role, role_claim, roles, jwks_url, state, created_at, updated_at
