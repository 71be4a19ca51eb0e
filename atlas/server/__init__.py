"""The instance that ./run starts: its database, web server, workers and data directory."""
