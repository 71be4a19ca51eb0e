"""Imports in the background: the queue, the workers, their progress."""
