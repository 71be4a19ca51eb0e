"""Sentences on the lineage pages and in their admin."""

from core.messages import Sentence

NOT_A_ROW_ID = Sentence("not_a_row_id", "{parameter} must be a row id.")
ONLY_THE_FIRST = Sentence("only_the_first", "Only the first {imports:,} of the selected imports were processed.")
