"""The instance that ./run starts: its database, web server and workers, and the directory it keeps them in."""
