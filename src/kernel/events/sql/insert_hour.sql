INSERT INTO event_hours_all (
    tenant_id, hour, type, handler, published, delivered, failed, dead,
    t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15, t16
) VALUES (
    :tenant, :at, :type, :handler, :published, :delivered, :failed, :dead,
    :t1, :t2, :t3, :t4, :t5, :t6, :t7, :t8, :t9, :t10, :t11, :t12, :t13, :t14, :t15, :t16
)
