SELECT name, summary, permissions, created_at, updated_at
FROM roles
WHERE name = :name
