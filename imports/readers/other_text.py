"""Texts that are no table: scripts, programs, messages, contacts. Only what no table begins with tells."""

from __future__ import annotations

import re

#: Blank lines and comments before the first statement.
SQL_COMMENTS = r"(?:\s*(?:--[^\n]*(?:\n|\Z)|/\*.*?\*/;?|#[^\n]*\n))*+\s*"
#: Statements as programs write them. Words of a header may begin like them: «Use case;Title», «Select all,From when».
ENDED = r";[ \t]*(?:\r?\n|\r|\Z)"  # a statement that ends with its line
TABLE = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?[\w.\"`\[\]]+"
SQL_STATEMENT = (
    r"(?:INSERT\s+(?:IGNORE\s+)?INTO\b[^\n,;|]*(?:\(|\bVALUES\b|\bSELECT\b)|REPLACE\s+INTO\b[^\n,;|]*\("
    rf"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:TEMP|TEMPORARY|UNLOGGED|MATERIALIZED)\s+)*(?:TABLE|VIEW)\s+{TABLE}\s*(?:\(|AS\b)"
    rf"|CREATE\s+(?:UNIQUE\s+)?(?:DATABASE|SCHEMA|INDEX|SEQUENCE|TYPE|FUNCTION|EXTENSION)\s[^\n]*{ENDED}"
    rf"|(?:DROP|ALTER|TRUNCATE)\s+(?:TABLE|DATABASE|SCHEMA|VIEW)\s+{TABLE}[^\n]*{ENDED}"
    rf"|COPY\s+{TABLE}\s*(?:\([^)]*\)\s*)?FROM\s+stdin|LOCK\s+TABLES?\s[^\n]*{ENDED}"
    rf"|UPDATE\s+{TABLE}\s+SET\s+{TABLE}\s*=|DELETE\s+FROM\s+{TABLE}\s*(?:WHERE\b|{ENDED})"
    rf"|(?-i:SELECT\s[^;]*?\bFROM|select\s[^;]*?\bfrom)\s+[\w\"`\[(][^;]*{ENDED}"
    rf"|(?:BEGIN|START)(?:\s+TRANSACTION|\s+WORK)?\s*{ENDED}|SET\s+[@\w.]+\s*(?:=|\b(?:TO|ON|OFF|NAMES)\b)?[^\n]*{ENDED}"
    rf"|PRAGMA\s+\w+[^\n]*{ENDED}|USE\s+[\w`\[\]]+\s*{ENDED}|\\connect\s)"
)
MAIL_HEADERS = r"(?:[\w-]+:[^\n]*\n(?:[ \t]+\S[^\n]*\n)*)*?"
#: A key or `---`, and a key or an item below it; all lines are keys, items or comments, but the last, which may be cut.
YAML_NESTED = r"(?:---[ \t]*\r?\n|(?:[^\n]*\n)*?[\w-]+:[ \t]*\r?\n(?=  +[\w-]+:|[ ]*- ))[ ]*(?:[\w-]+:|- )"
YAML_LINE = r"(?:---[ \t]*|#[^\n]*|[ \t]*|[ ]*(?:- )?[\w.-]+:(?: [^\n]*)?|[ ]*- [^\n]*)"

#: Kind -> how a text of it begins; the first that matches tells. The names of the kinds are in messages.py.
BEGINNINGS = {
    "sql_dump": re.compile(r"\s*(?:--[^\n]*\n)*-- (?:MySQL|MariaDB|PostgreSQL)(?: database)? dump", re.IGNORECASE),
    "sql": re.compile(SQL_COMMENTS + SQL_STATEMENT, re.IGNORECASE | re.DOTALL),
    "script": re.compile(r"#!\s*/"),
    "source_code": re.compile(
        r"\s*(?:(?://[^\n]*\n|/\*.*?\*/)\s*)*(?:<\?php|#include\s*[<\"]|\\documentclass|package\s+[\w.]+;[ \t]*\r?\n"
        r"|(?:export\s+default\s|(?:var|let|const)\s+[\w$]+\s*=|(?:window|module)\.[\w$.]+\s*=)\s*[\[{]"
        r"|[A-Za-z_$][\w$.]*\(\s*(?:\{\s*\"|\[\s*[\[{])|\)\]\}',?\s*[\[{]"  # JSON that a browser runs, or must not
        r"|(?:\"use strict\"|'use strict');|import\s[^\n]*\sfrom\s+['\"]"
        r"|(?:from\s+[\w.]+\s+import\s+[\w*(]|import\s+[\w.]+(?:\s+as\s+\w+)?\s*\n)[^\n]*"
        r"(?:\n[^\n]*)*?\n(?:import|from|def|class|@\w+|if __name__)\b)",
        re.DOTALL,
    ),
    "mail": re.compile(
        rf"(?:From \S+@\S+ [^\n]*\n)?(?=(?:{MAIL_HEADERS})From:[^\n]*@)"
        rf"(?=(?:{MAIL_HEADERS})(?:Subject|Message-ID|Received):)",
        re.IGNORECASE,
    ),
    "contacts": re.compile(r"\s*BEGIN:VCARD\s", re.IGNORECASE),
    "calendar": re.compile(r"\s*BEGIN:VCALENDAR\s", re.IGNORECASE),
    "patch": re.compile(r"(?:diff --git |Index: [^\n]+\n={5,}|--- [^\n]+\n\+\+\+ [^\n]+\n@@ )"),
    "yaml": re.compile(rf"(?={YAML_NESTED})(?:{YAML_LINE}\r?\n)++(?:[^\n]*\Z)"),
    "bibtex": re.compile(
        r"\s*@(?:article|book|booklet|inbook|incollection|inproceedings|conference|manual|mastersthesis|misc|phdthesis"
        r"|proceedings|techreport|unpublished|online|string|comment|preamble)\s*\{[^\n{}]*,?\s*\n",
        re.IGNORECASE,
    ),
    "shell_output": re.compile(r"\s*\+(?:-+\+|=+\+)+[ \t]*\r?\n[ \t]*\|[^\n]*\|[ \t]*\r?\n"),
    "key": re.compile(r"-----BEGIN [A-Z ]+-----"),
}


def kind_of_text(text: str) -> str | None:
    """Return the kind of a text that is no table, by its beginning; None where it may be one."""
    return next((kind for kind, beginning in BEGINNINGS.items() if beginning.match(text)), None)
