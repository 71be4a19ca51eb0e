"""Which rule of the mapping an error is about: rules.transformations[0], rules.datetime_transformations[2]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rule_of(
    source_field: str | None, target_field: str | None, kind: Mapping[str, Any] | None, config: Mapping[str, Any] | None
) -> str | None:
    """Return the rule that failed, or that says how the column is read; None where there is none.

    kind: code and parameters of the message. config: mapping_config.
    """
    failed = (kind or {}).get("params", {}).get("rule")
    if isinstance(failed, str):
        return failed.split(" ")[0]  # behind the place is the type of the rule
    rules = ((config or {}).get("rules") or {}).get("datetime_transformations")
    for position, rule in enumerate(rules if isinstance(rules, list) else []):
        if isinstance(rule, Mapping) and rule.get("field") in (source_field, target_field):
            return f"rules.datetime_transformations[{position}]"
    return None
