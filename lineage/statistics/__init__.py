"""Numbers over all imports."""
