"""The words in which people read the log: its actions and its details."""

from __future__ import annotations

import json
from typing import Any

from audit import messages
from audit.models import AuditEntry

RECENT_ENTRIES = 1_000  # entries

#: Labels of actions that do not read well from their code alone.
ACTION_LABELS = {
    "sign_in": "Signed in",
    "sign_in.failed": "Sign-in failed",
    "sign_in.refused": "Sign-in blocked after too many attempts",
    "sign_in.unlocked": "Sign-in unblocked",
    "token.refused": "Invalid API token",
    "audit.limited": "Audit entries of unknown clients limited",
    "sign_out": "Signed out",
    "import.refused": "Import rejected",
    "file.refused": "File rejected",
    "download": "File downloaded",
    "mapping.described": "Description of a mapping changed",
    "export": "Table exported",
    "user.added": "User created",
    "group.added": "Group created",
    "group.given": "Added to group",
    "group.taken": "Removed from group",
    "permission.given": "Permission granted",
    "permission.taken": "Permission removed",
    "token.made": "API token created",
    "token.revoked": "API token revoked",
    "retention.import": "Import deleted by retention",
    "retention.details": "Details of an import deleted by retention",
    "retention.file": "Source file deleted by retention",
    "audit.detail_forgotten": "Audit details deleted by retention",
}

#: Labels of details that do not read well from their name alone.
DETAIL_LABELS = {
    "is_active": "Active",
    "is_staff": "Staff status",
    "is_superuser": "Superuser status",
    "file_hash": "SHA-256",
    "bytes": "Size in bytes",
    "records": "Rows in the file",
    "inserted": "Rows imported",
    "problems": "Errors",
    "inserted_with_errors": "Rows imported with errors",
    "beyond_header": "Rows with values without a header",
    "fit_as_doubles": "Rows too large with NUMERIC columns",
    "value_errors": "Invalid values",
    "unreadable": "Unreadable rows",
    "rows_came_back": "Rows restored",
    "rows_returned": "Rows of later imports restored",
    "rows_become_duplicates": "Rows of later imports that became duplicates",
    "rows_reverted": "Rows of other imports with earlier values again",
    "table_made": "Table created again",
    "changed_rows": "Manually changed rows",
    "all_rows": "All rows",
    "looks": "Previews",
    "not_recorded": "Further attempts, not recorded one by one",
}

#: Details whose value is a code of the API.
DETAIL_VALUES = {
    "file": {
        "source-file": "Source file",
        "failed-rows.csv": "Rows with errors (CSV)",
        "failed-rows.xlsx": "Rows with errors (Excel)",
    },
}


def action_label(action: str) -> str:
    """Return an action as people read it: `import.undone` is “Import undone”."""
    return ACTION_LABELS.get(action) or _spaced(action)


def detail_lines(entry: AuditEntry) -> list[str]:
    """Return the details of an entry, one line for each name."""
    if entry.detail is None:
        return [str(messages.DETAIL_FORGOTTEN())]
    between = " → " if entry.action.endswith(".changed") else ", "  # a change has the value before and after
    return [
        f"{DETAIL_LABELS.get(name) or _spaced(name)}: {_shown(name, value, between=between)}"
        for name, value in entry.detail.items()
    ]


def recent_actions() -> list[tuple[str, str]]:
    """Return the actions of the newest entries with their labels; to find all actions, every entry would be read."""
    newest = AuditEntry.objects.order_by("-id")[:RECENT_ENTRIES]
    actions = sorted(set(newest.values_list("action", flat=True)))
    return [(action, action_label(action)) for action in actions]


def _spaced(code: str) -> str:
    words = code.replace(".", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _shown(name: str, value: Any, *, between: str) -> str:
    labels = DETAIL_VALUES.get(name, {})
    return labels.get(value, value) if isinstance(value, str) else _value(value, between=between)


def _value(value: Any, *, between: str = ", ") -> str:
    """Return a value as people read it; between: what separates the values of a list."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value in (None, "", []):
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return between.join(map(_value, value))
    return json.dumps(value, ensure_ascii=False)
