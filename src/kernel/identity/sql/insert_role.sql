INSERT INTO roles (name, summary, permissions, created_at, updated_at)
VALUES (:name, :summary, :permissions, :now, :now)
RETURNING name, summary, permissions, created_at, updated_at
