INSERT INTO users (id, email, email_key, name, name_key, state, created_at, updated_at)
VALUES (:id, :email, :email_key, :name, :name_key, :state, :now, :now)
RETURNING id, email, name, state, created_at, updated_at
