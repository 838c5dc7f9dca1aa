SELECT jobs.run_at AS value
FROM jobs
WHERE jobs.id = (
    SELECT min(id)
    FROM (
        SELECT min(id) AS id FROM jobs WHERE queue = :queue AND state = 'ready' AND class = 0
        UNION ALL
        SELECT min(id) AS id FROM jobs WHERE queue = :queue AND state = 'ready' AND class = 1
        UNION ALL
        SELECT min(id) AS id FROM jobs WHERE queue = :queue AND state = 'ready' AND class = 2
        UNION ALL
        SELECT min(id) AS id FROM jobs WHERE queue = :queue AND state = 'ready' AND class = 3
    )
)
