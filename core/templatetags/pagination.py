"""Page links and sortable column headers of lists."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(context: template.Context, page: Page[Any], of: str) -> dict[str, Any]:
    """Link the pages of a list; other parameters of the address are kept. of: what is listed, for screen readers."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"request": context["request"], "page": page, "numbers": numbers, "of": of}


@register.inclusion_tag("partials/sortable.html", takes_context=True)
def sortable(context: template.Context, label: str, name: str, kind: str = "") -> dict[str, Any]:
    """Show a column header; on pages with `sort` in their context it is a link that sorts, then reverses, the list.

    kind: "number" for a column of numbers, which sorts in descending order first.
    """
    if "sort" not in context:
        return {"label": label, "kind": kind, "next": None}
    first, second = (f"-{name}", name) if kind == "number" or name == "import_timestamp" else (name, f"-{name}")
    direction = {name: "ascending", f"-{name}": "descending"}.get(context["sort"] or "-import_timestamp", "")
    next_sort = second if (context["sort"] or "-import_timestamp") == first else first
    return {"request": context["request"], "label": label, "kind": kind, "direction": direction, "next": next_sort}
