-- The minutes of `event_minutes_all` once more, summed by hours, so that a day is read in a few rows.
CREATE TABLE event_hours_all (
    tenant_id INTEGER NOT NULL REFERENCES tenants (number),
    hour      INTEGER NOT NULL, -- since 1970
    type      TEXT    NOT NULL,
    handler   TEXT    NOT NULL,
    published INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    failed    INTEGER NOT NULL, -- attempts
    dead      INTEGER NOT NULL,
    -- Attempts by how long they ran, in the same steps as those of the minutes.
    t1  INTEGER NOT NULL,
    t2  INTEGER NOT NULL,
    t3  INTEGER NOT NULL,
    t4  INTEGER NOT NULL,
    t5  INTEGER NOT NULL,
    t6  INTEGER NOT NULL,
    t7  INTEGER NOT NULL,
    t8  INTEGER NOT NULL,
    t9  INTEGER NOT NULL,
    t10 INTEGER NOT NULL,
    t11 INTEGER NOT NULL,
    t12 INTEGER NOT NULL,
    t13 INTEGER NOT NULL,
    t14 INTEGER NOT NULL,
    t15 INTEGER NOT NULL,
    t16 INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, hour, type, handler)
) STRICT;

INSERT INTO event_hours_all
SELECT tenant_id, minute / 60, type, handler, sum(published), sum(delivered), sum(failed), sum(dead),
       sum(t1), sum(t2), sum(t3), sum(t4), sum(t5), sum(t6), sum(t7), sum(t8),
       sum(t9), sum(t10), sum(t11), sum(t12), sum(t13), sum(t14), sum(t15), sum(t16)
FROM event_minutes_all
GROUP BY tenant_id, minute / 60, type, handler;
