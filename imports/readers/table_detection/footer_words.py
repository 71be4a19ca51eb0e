"""Words that mark notes and totals below a table."""

from __future__ import annotations

import re

TOTAL = re.compile(
    r"(?:(?:grand|sub|net|gross|overall)[ -]?)?"
    r"(?:totals?|totaux|totale?|sum|summen?|gesamt|gesamtsumme|suma|somma)(?: \w+)?:?",
    re.IGNORECASE,
)
NOTE = re.compile(
    r"\s*(?:--|#|\*|//|\(|[-=_*+|\s]{3,}$|(?:foot)?notes?\b|sources?\b|quellen?\b|remarks?\b|generated\b|exported\b"
    r"|created\b|printed\b|copyright\b|©|page \d|end\b|eof\b)",
    re.IGNORECASE,
)
