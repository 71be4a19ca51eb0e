"""The numbers of some days. Undone imports count nowhere; `partial` counts as successful; means over nothing are 0.

Seconds have 3 decimals, days are in UTC.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from imports.history.users import by_user
from imports.models import ImportHistory
from imports.sources import SourceType
from lineage.statistics.queries import errors_of, numbers_of


def statistics(imports: QuerySet[ImportHistory]) -> dict[str, Any]:
    """The specification's numbers, and `phases`, `per_day`, `per_table`, `per_user`, `slowest_imports`,
    `errors_by_type`."""
    return {**numbers_of(imports), "errors_by_type": errors_of(imports)}


def counted_imports(
    *, table_name: str = "", user_id: str = "", person: str = "", days: int = 30
) -> QuerySet[ImportHistory]:
    """The imports of the last days that count. person: a part of a name or an address, or an id."""
    since = timezone.now() - timedelta(days=days)
    imports = ImportHistory.objects.filter(undone_at=None, import_timestamp__gte=since).order_by()
    imports = imports.exclude(source_type=SourceType.LEGACY)  # nothing came in when their table became tracked
    given = {"table_name": table_name, "user_id": user_id}
    imports = imports.filter(**{name: value for name, value in given.items() if value})
    return imports.filter(by_user(person)) if person else imports
