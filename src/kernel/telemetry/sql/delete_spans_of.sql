DELETE FROM spans
WHERE trace IN (SELECT number FROM traces WHERE tenant = :tenant)
