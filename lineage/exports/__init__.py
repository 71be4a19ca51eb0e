"""Downloads of tables and of rows with errors."""
