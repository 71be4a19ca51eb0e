"""Questions of a preview to the user: what the values of a file leave open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from core.formatting import counted
from imports.column_types import type_label
from imports.labels import day_in_words
from imports.planning import messages
from imports.planning.decide import DB_SCHEMA
from imports.planning.evidence import PIVOT_YEAR

#: Questions whose answer is an option of the whole file.
_FILE_QUESTIONS = {
    "date_order": "Which date format is used in {}?",
    "decimal": "Which number format is used in {}?",
    PIVOT_YEAR: "Which years do the two-digit years in {} mean?",
}
#: Questions whose answer is the type of one column, by the code of the warning that they replace.
_TYPE_QUESTIONS = {
    messages.AMBIGUOUS_LIST.code: "Are the values of {} numbers or lists?",
    messages.AMBIGUOUS_DURATION.code: "Are the values of {} times of day or durations?",
    messages.NEAR_MISS.code: "How should {} be imported?",
}
_ORDERS = {"DMY": "Day first", "MDY": "Month first", "YMD": "Year first"}
_TYPE_ANSWERS = {
    messages.AMBIGUOUS_LIST.code: ("Numbers: {value} = {reads}", "Lists (stored as text): {value}"),
    messages.AMBIGUOUS_DURATION.code: ("Times of day (stored as time): {value}", "Durations (stored as text): {value}"),
    messages.NEAR_MISS.code: ("Text: every value as in the file", "{type}: {others} left empty and listed as an error"),
}


@dataclass(frozen=True)
class PageQuestion:
    """One question, with the field for its answer."""

    name: str  # of the field
    column: int | None  # position of the column whose type the answer is; None: it is the option of that name
    field: forms.ChoiceField
    warnings: tuple[Mapping[str, Any], ...]  # warning_details that it replaces


def questions_of(columns: Sequence[Mapping[str, Any]]) -> list[PageQuestion]:
    """Return the questions about the columns of the findings, those about the whole file first."""
    return [*_file_questions(columns), *_type_questions(columns)]


def _file_questions(columns: Sequence[Mapping[str, Any]]) -> Iterator[PageQuestion]:
    """Yield one question for all columns that an option decides about."""
    for option, label in _FILE_QUESTIONS.items():
        asked = [
            (column, question) for column in columns for question in column["questions"] if question["option"] == option
        ]
        if asked:
            names = " and ".join(_name(column) for column, _ in asked)
            kind = int if option == PIVOT_YEAR else str
            field = _field(label.format(names), _file_answers(asked[0][1]), kind)
            yield PageQuestion(option, None, field, tuple(question["warning_details"] for _, question in asked))


def _type_questions(columns: Sequence[Mapping[str, Any]]) -> Iterator[PageQuestion]:
    for number, column in enumerate(columns):
        for question in column["questions"]:
            if question["option"] == DB_SCHEMA:
                code = question["warning_details"]["code"]
                field = _field(_TYPE_QUESTIONS[code].format(_name(column)), _type_answers(code, question))
                field.help_text = _hint(question["warning_details"])
                field.required = False  # the user may choose the type, or leave the column out
                yield PageQuestion(f"answer_{number}", number, field, (question["warning_details"],))


def _hint(warning: Mapping[str, Any]) -> str:
    """Return how many values have the type, and which do not; empty where all have it."""
    return str(messages.NEAR_MISS_VALUES(**warning["params"])) if warning["code"] == messages.NEAR_MISS.code else ""


def _field(label: str, choices: list[tuple[str, str]], kind: type[int | str] = str) -> forms.ChoiceField:
    return forms.TypedChoiceField(
        coerce=kind,
        choices=choices,
        widget=forms.RadioSelect,
        label=label,
        error_messages={"required": "Please choose one."},
    )


def _name(column: Mapping[str, Any]) -> str:
    return f"“{column['header'] or column['name']}”"


def _file_answers(question: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(answer["choice"], _file_answer(question, **answer)) for answer in question["choices"]]


def _file_answer(question: Mapping[str, Any], choice: str, reads: str) -> str:
    label = _ORDERS.get(choice) or (
        _years(int(choice)) if question["option"] == PIVOT_YEAR else _mark_label(question, choice)
    )
    return f"{label}: {question['value']} = {day_in_words(reads)}" if reads else label


def _years(pivot_year: int) -> str:
    return f"{1900 + pivot_year} to {1999 + pivot_year}"


def _mark_label(question: Mapping[str, Any], decimal: str) -> str:
    """Return what the ambiguous separator is where decimals have this one."""
    is_comma = question["warning_details"]["code"] == messages.AMBIGUOUS_COMMA.code
    return "Decimal separator" if is_comma == (decimal == ",") else "Thousands separator"


def _type_answers(code: str, question: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = {
        "value": question["value"],
        "type": type_label(question["choices"][1]["choice"]),
        "others": counted(question["warning_details"]["params"].get("others", 0), "cell"),
    }
    return [
        (answer["choice"], text.format(**facts, reads=answer["reads"]))
        for answer, text in zip(question["choices"], _TYPE_ANSWERS[code], strict=True)
    ]
