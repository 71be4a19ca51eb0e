"""The statistics of a period, without undone imports. `partial` counts as successful; means without imports are 0.

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
    """Return the specification's numbers, `phases`, `per_day`, `per_table`, `per_user`, `slowest_imports`,
    `errors_by_type`."""
    return {**numbers_of(imports), "errors_by_type": errors_of(imports)}


def counted_imports(
    *, table_name: str = "", user_id: str = "", person: str = "", days: int = 30
) -> QuerySet[ImportHistory]:
    """Return the imports of the last days to count. person: a part of a user name or e-mail address, or an id."""
    since = timezone.now() - timedelta(days=days)
    imports = ImportHistory.objects.filter(undone_at=None, import_timestamp__gte=since).order_by()
    imports = imports.exclude(source_type=SourceType.LEGACY)  # existing rows of a table that became tracked
    filters = {"table_name": table_name, "user_id": user_id}
    imports = imports.filter(**{name: value for name, value in filters.items() if value})
    return imports.filter(by_user(person)) if person else imports
