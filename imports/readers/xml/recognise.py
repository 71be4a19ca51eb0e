"""Tell XML by the beginning of a text."""

from __future__ import annotations

import re

XML_START = re.compile(r"\s*<(?:\?xml|!--|!DOCTYPE|[A-Za-z_])", re.IGNORECASE)


def is_xml(text: str, promised: bool) -> bool:
    return XML_START.match(text) is not None
