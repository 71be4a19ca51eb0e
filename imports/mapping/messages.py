"""What is said of mappings and of what their rules make."""

from core.messages import Sentence

# --- of values on which a rule failed; `value` is added where they are counted

TOO_MANY_PARTS = Sentence("too_many_parts", "Value '{value}' has more parts than the {targets} targets of {rule}")
