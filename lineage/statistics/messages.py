"""Sentences about statistics."""

from core.messages import Sentence

NO_MISFITS = Sentence("no_misfits", "No errors in this period.")
