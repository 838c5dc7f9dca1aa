UPDATE events_all
SET open = open + :open, failing = failing + :failing, dead = dead + :dead,
    status = CASE
        WHEN dead + :dead > 0 THEN 'dead'
        WHEN failing + :failing > 0 THEN 'failing'
        WHEN open + :open > 0 THEN 'pending'
        ELSE 'delivered'
    END
WHERE tenant_id = :tenant AND id = :id
