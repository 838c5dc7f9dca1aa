INSERT INTO users (id, email, email_key, name, state, created_at, updated_at)
VALUES (:id, :email, :email_key, :name, :state, :now, :now)
RETURNING id, email, name, state, created_at, updated_at
