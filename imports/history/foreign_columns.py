"""Which imports fill which columns of a table; which were added with SQL; in which whole rows are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from imports.models import LOADED, ImportHistory
from imports.sources import SourceType
from imports.table_description import TableDescription
from imports.tables import catalog, schema


def foreign_columns(table: TableDescription) -> set[str]:
    """Return the columns of a table that imports created that were added to it with SQL."""
    ours = schema.columns_created_with_table(table.name) | schema.added_columns(table.name)
    return _in_no_plan_as_new((column.name for column in table.columns if column.name not in ours), table.name)


def _in_no_plan_as_new(names: Iterable[str], table_name: str) -> set[str]:
    imports = ImportHistory.objects.filter(table_name=table_name).order_by()
    return {name for name in names if not is_added_by(imports, name)}


def is_added_by(imports: QuerySet[ImportHistory], name: str) -> bool:
    """Return whether the plan of one of the imports added the column."""
    return imports.filter(mapping_config__columns__contains=[{"name": name, "is_new": True}]).exists()


def columns_only_from(names: Sequence[str], others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """Return those of the columns that none of the other imports fills. An import without a plan may fill any."""
    candidates = in_no_plan(names, others)
    has_columns = Q(mapping_config__has_key="columns")
    return candidates if candidates and not others.exclude(has_columns).exists() else ()


def in_no_plan(names: Sequence[str], others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """Return those of the columns that no plan of the other imports fills."""
    return tuple(
        name for name in names if not others.filter(mapping_config__columns__contains=[{"name": name}]).exists()
    )


def added_by_plans(names: Sequence[str], table_name: str) -> set[str]:
    """Return those of the columns that plans of imports added to a table which add_tracking_columns adopted.

    Earlier versions did not mark such columns as schema.added_columns knows them.
    """
    imports = ImportHistory.objects.filter(table_name=table_name).order_by()
    if not imports.filter(source_type=SourceType.LEGACY).exists():
        return set()
    tracked = imports.exclude(source_type=SourceType.LEGACY)
    return {name for name in names if is_added_by(tracked, name)}


def compared_columns(table: TableDescription | None, filled: Iterable[str]) -> list[str]:
    """Return the columns in which an import compares whole rows. filled: by its plan, also new ones."""
    filled = dict.fromkeys(filled)
    if table is None:
        return list(filled)
    left_out = _columns_of_others(table)
    return list(dict.fromkeys([*_without(table, left_out - filled.keys()), *filled]))


def comparison_of_imports(table: TableDescription, new: Sequence[str] = ()) -> Callable[[UUID], tuple[str, ...]]:
    """Return a function: import → the columns in which it compares whole rows, as `compared_columns`.

    new: the columns of an import that is redone: the table will have them.
    """
    left_out = _columns_of_others(table)
    filled_by = {name: _imports_that_fill(table.name, name) for name in left_out}
    added = set(new) - {column.name for column in table.columns}

    def columns(import_id: UUID) -> tuple[str, ...]:
        not_filled = {name for name, imports in filled_by.items() if import_id not in imports}
        return tuple(dict.fromkeys([*_without(table, not_filled), *(name for name in new if name in added)]))

    return columns


def _without(table: TableDescription, names: set[str]) -> list[str]:
    return [column.name for column in table.columns if column.name not in names]


def _columns_of_others(table: TableDescription) -> set[str]:
    """Return the foreign columns that only an import which fills them compares.

    These are columns whose values the database makes, another one for each row or from other columns; in a table that
    imports created also those that no import fills. In other tables all columns were there before; those of older rows
    are compared like any others. Which imports are active does not matter: an undo must not change how others compare.
    """
    made = catalog.columns_made_by_database(table.name)
    if not schema.created_by_imports(table.name):
        return _in_no_plan_as_new(made - schema.added_columns(table.name), table.name)
    return {name for name in foreign_columns(table) if name in made or not _may_be_filled(table.name, name)}


def _may_be_filled(table_name: str, name: str) -> bool:
    """Return whether an import filled the column, undone or not. One without a plan may have filled any."""
    imports = ImportHistory.objects.filter(LOADED, table_name=table_name).order_by()
    return imports.exclude(mapping_config__has_key="columns").exists() or bool(_imports_that_fill(table_name, name))


def _imports_that_fill(table_name: str, name: str) -> set[UUID]:
    imports = ImportHistory.objects.filter(LOADED, table_name=table_name).order_by()
    return set(imports.filter(mapping_config__columns__contains=[{"name": name}]).values_list("pk", flat=True))
