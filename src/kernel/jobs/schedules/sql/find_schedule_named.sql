SELECT id AS value
FROM schedules
WHERE name = :name
