"""What one change would make invalid values fit: proposals for values with the same error, verified on all of them."""
