INSERT INTO sessions (id, user_id, address, user_agent, created_at, expires_at)
VALUES (:id, :user, :address, :user_agent, :now, :expires_at)
RETURNING id, address, user_agent, created_at, expires_at
