DELETE FROM spans
WHERE trace IN (SELECT number FROM traces WHERE started < :before)
