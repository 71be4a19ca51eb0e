"""A reading under options that say what it has found: the same records, without the warnings that these options answer.

A preview proposes a mapping with the options that it has found, so that the next file of its kind is read alike. Its
own import asks for them too, and needs no other reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.messages import Sentence
from imports.readers import messages
from imports.readers.formats import BY_NAME
from imports.text_batches import FileInfo

#: Options that say together where a table is: some of them alone might mean another one.
OF_TABLE = frozenset({"header_row", "header_rows", "first_row", "columns"})

#: File type -> option -> the warnings that it answers.
ANSWERED_BY: dict[str, dict[str, tuple[Sentence, ...]]] = {
    "csv": {
        "header_row": (
            messages.LINE_ABOVE_TABLE, messages.LINES_ABOVE_TABLE, messages.SMALLER_TABLE_ABOVE, messages.NO_HEADER,
        ),
    },
    "excel": {
        "sheet": (messages.SHEETS_NOT_READ, messages.HIDDEN_SHEET_READ),
        "header_row": (messages.ROW_ABOVE_TABLE, messages.ROWS_ABOVE_TABLE, messages.MOSTLY_WITHOUT_NAMES),
    },
    "json": {
        "record_path": (
            messages.OTHER_RECORDS_NOT_READ, messages.OTHER_VALUES_NOT_READ, messages.OTHER_RECORDS_AND_VALUES_NOT_READ,
            messages.POSSIBLE_RECORDS, messages.EMPTY_LIST_IN_ROW, messages.COLUMNS_READ_AS_ROWS, messages.PATH_TWICE,
        ),
        "header_row": (messages.NO_HEADER,),
    },
    "xml": {
        "record_path": (
            messages.OTHER_RECORDS_NOT_READ, messages.OTHER_VALUES_NOT_READ, messages.OTHER_RECORDS_AND_VALUES_NOT_READ,
            messages.POSSIBLE_RECORDS,
        ),
    },
}  # fmt: skip
#: Warnings of a sheet of which another part may be read where the table is asked for.
OF_OTHER_TABLES = (messages.ROWS_OF_OTHER_TABLE, messages.COLUMNS_OF_OTHER_TABLE, messages.COLUMNS_READ_TOGETHER)


def as_asked(info: FileInfo, before: Mapping[str, Any], asked: Mapping[str, Any]) -> FileInfo | None:
    """Return what a reader would say of a file with the options that are asked for; None where it has to be read.

    info: by the options of before.
    """
    more = {name: value for name, value in asked.items() if name not in before}
    if any(asked.get(name) != value for name, value in before.items()) or not _are_found(more, info):
        return None
    if OF_TABLE & more.keys() and not _is_the_only_table(info, asked):
        return None
    by_option = ANSWERED_BY[info.file_type]
    answered = {sentence.code for name in more for sentence in by_option.get(name, ())}
    return replace(info, warnings=[warning for warning in info.warnings if warning.code not in answered])


def _are_found(options: Mapping[str, Any], info: FileInfo) -> bool:
    found = {name: info.options[name] for name in BY_NAME[info.file_type].proposed if name in info.options}
    return all(name in found and found[name] == value for name, value in options.items())


def _is_the_only_table(info: FileInfo, asked: Mapping[str, Any]) -> bool:
    """Return whether all that was found of the place of the table is asked for, and no other table could be meant."""
    others = {sentence.code for sentence in OF_OTHER_TABLES}
    return OF_TABLE & asked.keys() == OF_TABLE & info.options.keys() and all(
        warning.code not in others for warning in info.warnings
    )
