DELETE FROM traces
WHERE started < :before
