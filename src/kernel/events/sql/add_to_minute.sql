UPDATE event_minutes_all
SET published = published + :published, delivered = delivered + :delivered, failed = failed + :failed,
    dead = dead + :dead, t1 = t1 + :t1, t2 = t2 + :t2, t3 = t3 + :t3, t4 = t4 + :t4,
    t5 = t5 + :t5, t6 = t6 + :t6, t7 = t7 + :t7, t8 = t8 + :t8,
    t9 = t9 + :t9, t10 = t10 + :t10, t11 = t11 + :t11, t12 = t12 + :t12,
    t13 = t13 + :t13, t14 = t14 + :t14, t15 = t15 + :t15, t16 = t16 + :t16
WHERE tenant_id = :tenant AND minute = :at AND type = :type AND handler = :handler
