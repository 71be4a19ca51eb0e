"""Template tags for all apps."""
