"""Bytes to text: which encoding, and why."""
