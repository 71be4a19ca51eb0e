"""Waits are bounded: operations that may wait, what holds them, and clients that have gone."""
