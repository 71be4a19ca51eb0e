"""What is said on the pages of lineage and in its administration."""

from core.messages import Sentence

NOT_A_ROW_ID = Sentence("not_a_row_id", "{parameter} must be the id of a row.")
ONLY_THE_FIRST = Sentence("only_the_first", "Only the first {imports:,} of the selected imports were processed.")
