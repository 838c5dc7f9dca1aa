SELECT type, handler, sum(published) AS published, sum(delivered) AS delivered, sum(failed) AS failed,
       sum(dead) AS dead,
       sum(t1) AS t1, sum(t2) AS t2, sum(t3) AS t3, sum(t4) AS t4,
       sum(t5) AS t5, sum(t6) AS t6, sum(t7) AS t7, sum(t8) AS t8,
       sum(t9) AS t9, sum(t10) AS t10, sum(t11) AS t11, sum(t12) AS t12,
       sum(t13) AS t13, sum(t14) AS t14, sum(t15) AS t15, sum(t16) AS t16
FROM event_hours
WHERE hour >= :since AND hour < :until
GROUP BY type, handler
ORDER BY type, handler
LIMIT 2000
