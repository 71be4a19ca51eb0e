"""Profiles and a mapping to a plan: every decision of an import, made once and stored."""
