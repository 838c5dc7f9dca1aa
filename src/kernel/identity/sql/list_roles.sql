SELECT name, summary, permissions, created_at, updated_at
FROM roles
WHERE 1
  AND name > :after -- if :after
ORDER BY name
LIMIT :limit
