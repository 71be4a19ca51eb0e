"""What is said of mappings and of what their rules make."""

from core.messages import Sentence

# --- of values on which a rule failed; `value` is added where they are counted

TOO_MANY_PARTS = Sentence("too_many_parts", "Value '{value}' has more parts than the {targets} targets of {rule}")

# --- of rules

NO_COLUMN_FOR_RULE = Sentence(
    "no_column_for_rule",
    "{rule}: neither the file nor an earlier rule has a column {name!r}.{nearest:suggestion}",
)
UNKNOWN_RULE_TYPE = Sentence("unknown_rule_type", "{rule}.type must be one of {types:all}.{nearest:suggestion}")
