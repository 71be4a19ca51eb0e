class StartError(Exception):
    """The instance cannot start or continue."""
