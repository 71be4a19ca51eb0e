"""The graph of files, imports and tables."""
