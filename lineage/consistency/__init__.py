"""Whether what is stored still agrees with itself."""
