"""mapping_config -> the plan that an import was made by, for everything that happens to its records afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from core.messages import STORED_TEXT, Message
from imports.column_types import Reading, column_type
from imports.column_types.base import rules_version_of
from imports.conversion.convert import TypedBatch, convert
from imports.inference.apply_rules import Transformation
from imports.mapping import MappingRequest
from imports.mapping.parse_rules import filters_of, transformations_of
from imports.mapping.request import OnError, OnMatch, number_reading
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.table_description import TableColumn, TableDescription
from imports.text_batches import TextBatch


def has_plan(config: Mapping[str, Any] | None) -> bool:
    """Return False for imports whose rows another program inserted, or that have none."""
    return config is not None and "header" in config


def columns_of(config: Mapping[str, Any]) -> list[TableColumn]:
    """Return the table's columns that the import fills."""
    return [TableColumn(column["name"], column["sql_type"]) for column in config["columns"]]


def on_match_of(config: Mapping[str, Any]) -> OnMatch:
    """Return what an import did with records that the table had; older plans say only whether it looked for them."""
    before = OnMatch.SKIP if config.get("check_duplicates", True) else OnMatch.INSERT
    return OnMatch(config.get("on_match", before))


class StoredPlan:
    """Types, corrections and errors as they were decided once; nothing is decided here."""

    def __init__(self, config: Mapping[str, Any], table: TableDescription | None) -> None:
        """Rebuild the plan from its mapping_config. table: as it is now; columns that it lacks have to be created."""
        existing = {column.name for column in table.columns} if table else set()
        options = dict(config["source_options"])
        version = rules_version_of(config)
        request = MappingRequest(source_options=options)
        self.plan = ImportPlan(
            table_name=config["table_name"],
            strategy=config["strategy"],
            strategy_reason=Message(STORED_TEXT.code, {"text": config["strategy_reason"]}),  # it decides nothing
            columns=tuple(_column(column, existing, version) for column in config["columns"]),
            header=tuple(config["header"]),
            unique_columns=tuple(config["unique_columns"]),
            on_match=on_match_of(config),
            on_error=OnError(config["on_error"]),
            max_errors=request.max_errors,  # it was not exceeded when the import was made
            null_tokens=request.null_tokens,
            source_options=options,
            warnings=(),
            as_given=config,
            table_columns=config["table_columns"],
            physical_columns=tuple(config.get("places", ())),
            rules_version=version,
        )
        rules = config.get("rules") or {}
        self._transformation = Transformation(
            self.plan.header,
            transformations_of(rules.get("transformations")),
            filters_of(rules.get("filter_rows"), replace(number_reading(options), rules_version=version)),
        )

    def ruled(self, batch: TextBatch) -> Iterable[TextBatch]:
        """Return a batch of the file's records after the rules, in pieces where it needs too much memory at once."""
        whole = batch.with_columns(len(self.plan.header))
        return self._transformation.batches(whole) if self._transformation.has_rules else [whole]

    def typed(self, batch: TextBatch) -> TypedBatch:
        """Return a batch in the types of the plan. batch: as `ruled` gives it."""
        return convert(batch, self.plan)


def _column(column: Mapping[str, Any], existing: set[str], version: int) -> PlannedColumn:
    return PlannedColumn(
        name=column["name"],
        source=column["source"],
        header=column["header"],
        sql_type=column_type(column["sql_type"]),
        reading=Reading.of_config({**column, "rules_version": version}),
        is_new=column["name"] not in existing,
        inferred=False,
        formulas=column.get("formulas", False),
    )
