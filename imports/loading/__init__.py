"""From a source file to rows of a table: pipeline.py has the steps in order."""
