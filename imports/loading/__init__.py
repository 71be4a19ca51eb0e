"""From a source file to rows of a table: pipeline.py tells the steps in order."""
