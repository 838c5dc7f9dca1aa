DELETE FROM lines
WHERE number < :before
