"""The links from page to page of a list."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()


@register.inclusion_tag("pieces/pager.html", takes_context=True)
def pager(context: template.Context, page: Page[Any], of: str) -> dict[str, Any]:
    """The other parameters of the address stay as they are. `of`: what is listed, for screen readers."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"request": context["request"], "page": page, "numbers": numbers, "of": of}
