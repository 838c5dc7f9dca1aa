DELETE FROM setup_codes
