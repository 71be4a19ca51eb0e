"""Run an import again with a changed mapping, at its place in the order: docs/undo.md, *Run again*."""

from lineage.reruns.rerun import preview, rerun_import

__all__ = ["preview", "rerun_import"]
