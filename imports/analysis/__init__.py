"""What a preview finds in a file before anything is imported."""
