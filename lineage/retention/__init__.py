"""Deleting what is no longer needed, by the policies of the settings."""

from lineage.retention.policies import Policy, enforce

__all__ = ["Policy", "enforce"]
