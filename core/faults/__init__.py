"""Faults that are neither the file's nor the user's: a full disk, a storage that fails, a database that is away."""

from core.faults.service_fault import faults_translated, service_fault

__all__ = ["faults_translated", "service_fault"]
