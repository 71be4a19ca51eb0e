"""Tell JSON by the beginning of a text."""

from __future__ import annotations

import json
import re

from imports.readers.limits import HEAD

JSON_OPENED = re.compile(r"(?:\s*(?://[^\n]*\n|/\*.*?\*/))*\s*[\[{]", re.DOTALL)  # after comments, which are a fault
JSON_START = re.compile(r"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[\[{\"\]\-\d]|true|false|null))")


def is_json(text: str, promised: bool) -> bool:
    """promised: by the name of the file, which counts for what is broken and for lines of odd text."""
    if promised and (JSON_OPENED.match(text) or _is_lines_of_json(text)):
        return True
    return JSON_START.match(text) is not None and _begins_as_json(text)


def _begins_as_json(text: str) -> bool:
    """Return whether the text is JSON as far as it goes: «[a],[b]» is the header of a CSV file."""
    if len(text) < HEAD // 4:
        first_line_or_all = (text.strip(), text.strip().split("\n")[0])
        return any(map(_is_json, first_line_or_all)) or _breaks_at_the_end(text)
    return _breaks_at_the_end(text)


def _is_lines_of_json(text: str) -> bool:
    """Return whether each line is a JSON value, as far as the text goes."""
    lines = [line for line in text.split("\n") if line.strip()]
    cut = lines.pop() if len(text) >= HEAD // 4 and lines else ""
    return all(map(_is_json, lines)) and (bool(lines) or _breaks_at_the_end(cut))


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _breaks_at_the_end(text: str) -> bool:
    try:
        end = json.JSONDecoder(parse_int=str).raw_decode(text.lstrip())[1]
    except json.JSONDecodeError as error:
        return error.pos > 0.5 * len(text.lstrip()) or error.msg.startswith("Unterminated")
    except RecursionError:
        return True
    return text.lstrip()[end:].strip()[:1] in ("", "{", "[")
