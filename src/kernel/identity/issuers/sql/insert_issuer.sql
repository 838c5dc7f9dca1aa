INSERT INTO issuers (id, issuer, audience, role, role_claim, roles, jwks_url, state, created_at, updated_at)
VALUES (:id, :issuer, :audience, :role, :role_claim, :roles, :jwks_url, :state, :now, :now)
RETURNING id, issuer, audience, role, role_claim, roles, jwks_url, state, created_at, updated_at
