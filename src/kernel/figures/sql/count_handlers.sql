SELECT state AS name, count(*) AS number
FROM subscriptions_all
WHERE state <> 'deleted'
GROUP BY state
