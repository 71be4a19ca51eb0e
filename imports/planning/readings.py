"""How each column is read: what fits its values, and, where several readings do, what the evidence decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from imports.column_types import NUMBER_TYPES, PLAIN, ColumnType, Reading, column_type
from imports.column_types.date_formats import date_order
from imports.column_types.formula_texts import inside_formulas
from imports.column_types.iso_spellings import is_end_of_day
from imports.inference.best_reading import best_reading, possible_readings
from imports.inference.candidates import Candidate, layout, swaps_marks
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfile
from imports.mapping import MappingRequest
from imports.mapping.request import DateRule
from imports.planning import messages
from imports.planning.asked_notation import (
    are_numbers_in_any_notation,
    has_one_order,
    in_asked_order,
    reading_in,
    reading_of,
    readings_in,
    type_of,
    with_asked_marks,
    with_iso_8601,
)
from imports.planning.choices import ambiguity, ambiguous_mark, one_per_value
from imports.planning.codes_by_header import text_by_header
from imports.planning.decide import Decision, Question, weigh
from imports.planning.evidence import (
    COLUMN_TYPE,
    DATE_ORDER,
    DECIMAL,
    HEADER,
    OWN_VALUES,
    PIVOT_YEAR,
    THOUSANDS,
    Evidence,
)
from imports.planning.file_evidence import FileEvidence
from imports.planning.grouped_codes import are_codes, code_evidence, grouped_by
from imports.planning.header_words import names_coordinates
from imports.planning.plan import number_marks
from imports.planning.two_digit_years import DistinctValues, has_two_digit_years, order_by_years, with_century
from imports.planning.type_questions import duration_question, list_question, near_miss_question
from imports.text_batches import Records


class Readings:
    """Decides how the columns of one file are read. What the request says of it is obeyed."""

    def __init__(
        self,
        request: MappingRequest,
        profiles: Sequence[ColumnProfile],
        columns: Records,
        evidence: FileEvidence,
        near_misses: NearMisses,
    ) -> None:
        self._request = request
        self._profiles = profiles
        self._columns = columns
        self._evidence = evidence
        self._near_misses = near_misses

    # --- decide

    def infer(self, name: str, source: int) -> Decision:
        """Decide type and reading of a column of which nothing was said."""
        fitting = self._fitting(source)
        are_codes = self._are_codes(name, source, fitting)
        if are_codes:
            fitting = [candidate for candidate in fitting if not candidate.sql_type.is_number]
        elif self._has_other_marks(source, fitting):
            readings = self._possible_readings(column_type("NUMERIC"), source)
            return with_asked_marks(name, readings, lambda: self._texts(source), self._request.null_tokens)
        if not fitting:
            return self._text(name, source, are_codes=are_codes)
        chosen = self._in_date_order(fitting)
        if not self._is_in_asked_order(chosen):
            order = self._request.source_options[DATE_ORDER]
            return in_asked_order(name, chosen, order, lambda: self._texts(source), self._request.null_tokens)
        if evidence := text_by_header(self._profiles[source], chosen, self._texts(source)):
            return Decision(Candidate(column_type("TEXT")), tuple(evidence))
        decision = self._decide(name, source, chosen, self._profiles[source].rivals(chosen))
        return self._with_type_questions(name, source, decision, is_new=True)

    def _text(self, name: str, source: int, *, are_codes: bool) -> Decision:
        """Return text, with the question whether it is another type with a few misfits."""
        text = Candidate(column_type("TEXT"))
        if are_codes:
            return Decision(text, (code_evidence(),))
        near_miss = self._near_misses.of(source)
        if near_miss is None or not near_miss.is_clear:
            return Decision(text, near_miss=near_miss)
        return Decision(text, near_miss=near_miss, questions=(near_miss_question(name, text, near_miss),))

    def for_type(
        self, sql_type: ColumnType, name: str, source: int, rules: Sequence[DateRule], *, is_new: bool
    ) -> Decision:
        """Decide the reading of a column whose type is the table's or was asked for; count the values that do not fit.

        rules: with the formats that were asked for.
        """
        if rules:
            readings = [reading_of(rules)]
            if is_new:
                # Nothing to choose, and no table that it might not fit.
                return Decision(Candidate(sql_type, readings[0]), settled=has_one_order(rules))
        elif sql_type.name == "TEXT" and not sql_type.size:
            return Decision(Candidate(sql_type))
        else:
            same = [candidate for candidate in self._fitting(source) if candidate.sql_type == sql_type]
            if same and self._is_in_asked_order(chosen := self._in_date_order(same)):
                decision = self._decide_for_type(name, source, chosen, self._profiles[source].rivals(chosen))
                return decision if is_new else self._with_type_questions(name, source, decision, is_new=False)
            readings = self._possible_readings(sql_type, source)
        return self._of_most_values(sql_type, name, source, readings)

    def _of_most_values(self, sql_type: ColumnType, name: str, source: int, readings: Sequence[Reading]) -> Decision:
        best = best_reading(self._texts(source), sql_type, readings, self._request.null_tokens)
        if best.fits < best.values and (mixed := with_iso_8601(sql_type, [best.reading, *best.equals])):
            both = best_reading(self._texts(source), sql_type, mixed, self._request.null_tokens)
            best = both if both.fits > best.fits else best
        chosen = Candidate(sql_type, best.reading)
        equals = [Candidate(sql_type, reading) for reading in best.equals]
        if best.reading.source_format:
            rivals = [candidate for candidate in equals if layout(candidate) == layout(chosen)]
        elif sql_type.name in NUMBER_TYPES and not self._profiles[source].typed:
            rivals = [candidate for candidate in equals if swaps_marks(candidate.reading, best.reading)]
            if not rivals and best.fits == best.values:
                decision = self._decide_for_type(name, source, chosen, self._profiles[source].rivals(chosen))
                return replace(decision, written=best.written) if decision.taken == chosen else decision
        else:
            rivals = []
        decision = self._decide(name, source, chosen, rivals)
        return replace(decision, misfits=best.values - best.fits, values=best.values, written=best.written)

    def _decide_for_type(self, name: str, source: int, chosen: Candidate, rivals: Sequence[Candidate]) -> Decision:
        """Take a reading of numbers whose type is fixed, even one in which they do not fit it, if it outweighs this."""
        sql_type = chosen.sql_type
        if sql_type.name not in NUMBER_TYPES:
            return self._decide(name, source, chosen, [rival for rival in rivals if rival.sql_type == sql_type])
        fitting = [Candidate(sql_type, rival.reading) for rival in rivals if _is_within(rival.sql_type, sql_type)]
        others = [Candidate(sql_type, rival.reading) for rival in rivals if not _is_within(rival.sql_type, sql_type)]
        if fitting or not others:
            return self._decide(name, source, chosen, fitting)
        fits = Evidence(DECIMAL, chosen.reading.decimal, COLUMN_TYPE, messages.FITS_TYPE(type=sql_type.sql))
        decision = self._decide(name, source, chosen, others, [fits])
        if decision.taken.reading == chosen.reading:
            return decision
        best = best_reading(self._texts(source), sql_type, [decision.taken.reading], self._request.null_tokens)
        return replace(decision, misfits=best.values - best.fits, values=best.values, written=best.written)

    def _decide(
        self,
        name: str,
        source: int,
        chosen: Candidate,
        rivals: Sequence[Candidate],
        of_type: Sequence[Evidence] = (),
    ) -> Decision:
        """Take one of the readings that fit equally well. chosen: the usual one; of_type: what its type is evidence
        for."""
        option = DATE_ORDER if chosen.reading.source_format else DECIMAL
        choices = one_per_value(option, [chosen, *rivals])
        if len(choices) < 2 or (option == DECIMAL and not self._has_ambiguous_mark(source, choices)):
            return Decision(chosen)
        if self._is_set_by_options(option, chosen):
            return Decision(chosen, settled=True)
        evidence = [*of_type, *(item for item in self._evidence.about(source, name) if item.about == option)]
        if option == DECIMAL:
            evidence += [*self._of_own_groups(source, choices), *self._of_header(source, choices)]
        elif has_two_digit_years(chosen.reading):
            evidence += order_by_years(choices, self._distinct_values(source), timezone.now().year)
        evidence = [item for item in evidence if any(item.supports(choice) for choice in choices)]
        taken, is_decided = weigh(choices, evidence)
        if is_decided:
            return Decision(taken, tuple(evidence), settled=True)
        taken = chosen if of_type else taken  # values that fit are left empty for clear reasons only
        choices = [taken, *(choice for choice in choices if choice is not taken)]
        question = Question(option, tuple(choices), ambiguity(name, choices))
        return Decision(taken, tuple(evidence), (question,))

    def _with_type_questions(self, name: str, source: int, decision: Decision, *, is_new: bool) -> Decision:
        """Add the question whether the values are of another type than they look, if it is not decided."""
        profile, taken = self._profiles[source], decision.taken
        question: Question | None = None
        evidence: list[Evidence] = []
        if taken.reading.thousands == ",":
            evidence = [item for item in self._evidence.about(source, name) if item.about == THOUSANDS]
            question = list_question(name, profile, taken, self._evidence.groups(source), is_new=is_new)
        elif taken.sql_type.name == "TIME":
            question = duration_question(name, profile, taken, self._texts(source), is_new=is_new)
        if question is None or (taken.reading.thousands and self._is_set_by_options(DECIMAL, taken)):
            return decision
        evidence = [item for item in evidence if item.supports(taken)]
        if weigh(question.choices, evidence)[1]:
            return replace(decision, evidence=(*decision.evidence, *evidence), settled=True)
        return replace(decision, questions=(*decision.questions, question))

    # --- what fits

    def _texts(self, source: int) -> Iterable[pa.Array]:
        texts = self._columns.column(source)
        return map(inside_formulas, texts) if self._profiles[source].formula_texts else texts

    def _fitting(self, source: int) -> list[Candidate]:
        options = self._request.source_options
        return self._profiles[source].fitting(**number_marks(options), order=options.get(DATE_ORDER))

    def _in_date_order(self, fitting: Sequence[Candidate]) -> Candidate:
        first = fitting[0]
        if not first.reading.source_format:
            return first
        same_type = [
            candidate
            for candidate in fitting
            if candidate.sql_type == first.sql_type and candidate.reading.source_format
        ]
        wanted = self._request.date_order
        return next(
            (candidate for candidate in same_type if date_order(candidate.reading.source_format) == wanted), first
        )

    def _possible_readings(self, sql_type: ColumnType, source: int) -> list[Reading]:
        readings = possible_readings(sql_type)
        if sql_type.name in NUMBER_TYPES and self._profiles[source].has_native_numbers:
            return [PLAIN]
        options = self._request.source_options
        if sql_type.name in NUMBER_TYPES:
            readings = [
                reading for reading in readings
                if options.get("decimal", reading.decimal) == reading.decimal
                and options.get("thousands", reading.thousands) == reading.thousands
            ] or [Reading(options.get("decimal", "."), options.get("thousands", ""))]  # fmt: skip
        # The order that the settings prefer goes first, so that it wins where several fit alike.
        return sorted(
            readings_in(options.get(DATE_ORDER), readings),
            key=lambda reading: date_order(reading.source_format) not in ("", self._request.date_order),
        )

    def _is_set_by_options(self, option: str, chosen: Candidate) -> bool:
        options = self._request.source_options
        if option == DATE_ORDER:
            return options.get(DATE_ORDER) == date_order(chosen.reading.source_format)
        return DECIMAL in options or THOUSANDS in options

    # --- what was asked for about dates

    def type_of(self, rules: Sequence[DateRule], source: int) -> ColumnType:
        """Return the type that a column has by the rules for it."""
        return type_of(rules, lambda: self._texts(source), self._request.null_tokens)

    def _is_in_asked_order(self, chosen: Candidate) -> bool:
        """Return whether it is, or its dates show their order themselves."""
        order = self._request.source_options.get(DATE_ORDER)
        return order is None or reading_in(order, chosen.reading) in (None, chosen.reading)

    def _has_other_marks(self, source: int, fitting: Sequence[Candidate]) -> bool:
        """Return whether all values are numbers, but not all with the separators that were asked for."""
        if any(candidate.sql_type.is_number for candidate in fitting):
            return False
        profile, options = self._profiles[source], self._request.source_options
        if any(candidate.sql_type.is_number for candidate in profile.all_fitting()):
            return True
        if fitting or profile.typed or not (DECIMAL in options or THOUSANDS in options):
            return False
        return are_numbers_in_any_notation(self._texts(source), self._request.null_tokens)

    # --- what else there is to say of dates and times

    def checked(self, name: str, source: int, decision: Decision) -> Decision:
        """Return the decision with the century of two-digit years, and with a warning of times that are 24:00."""
        reading = decision.taken.reading
        if has_two_digit_years(reading):
            pivot_year = self._request.source_options.get(PIVOT_YEAR, self._evidence.pivot_year(name))
            decision = with_century(
                decision, name, self._distinct_values(source), pivot_year=pivot_year, this_year=timezone.now().year
            )
        if decision.taken.sql_type.name == "TIME" and "iso_8601" in reading.formats:
            ends = sum(pc.sum(is_end_of_day(texts)).as_py() or 0 for texts in self._texts(source))
            warning = messages.END_OF_DAY(column=name, count=ends)
            decision = replace(decision, warnings=(*decision.warnings, *([warning] if ends else [])))
        return decision

    def _distinct_values(self, source: int) -> DistinctValues:
        return DistinctValues.of(self._texts(source), self._request.null_tokens)

    # --- what the values themselves suggest

    def _are_codes(self, name: str, source: int, fitting: Sequence[Candidate]) -> bool:
        """Return whether what looks like numbers with thousands separators are codes."""
        divider = grouped_by(fitting)
        if not divider:
            return False
        options = self._request.source_options
        return are_codes(
            self._profiles[source],
            divider,
            self._evidence.groups(source),
            self._evidence.about(source, name),
            self._texts(source),
            is_asked_for=THOUSANDS in options or (divider == "." and DECIMAL in options),
        )

    def _has_ambiguous_mark(self, source: int, choices: Sequence[Candidate]) -> bool:
        return ambiguous_mark(choices) in self._evidence.groups(source).marks

    def _of_header(self, source: int, choices: Sequence[Candidate]) -> Iterator[Evidence]:
        """Yield that the ambiguous separator is one of decimals, where the header names coordinates."""
        if names_coordinates(self._profiles[source].header):
            yield Evidence(DECIMAL, ambiguous_mark(choices), HEADER, messages.COORDINATES())

    def _of_own_groups(self, source: int, choices: Sequence[Candidate]) -> list[Evidence]:
        """Return evidence of the values without a separator: thousands have one, decimals may be missing."""
        longest, mark = self._evidence.groups(source).longest_plain, ambiguous_mark(choices)
        if not longest:
            return []
        as_thousands = next(choice.reading for choice in choices if choice.reading.decimal != mark)
        if longest > 3:
            return [Evidence(DECIMAL, mark, OWN_VALUES, messages.LONG_WITHOUT_SEPARATOR())]
        return [Evidence(DECIMAL, as_thousands.decimal, OWN_VALUES, messages.SHORT_WITHOUT_SEPARATOR())]

    # --- what it tells later imports

    def shows(self, source: int, decision: Decision) -> Mapping[str, str]:
        """Return the notation of a column where it is certain."""
        if any(question.option != PIVOT_YEAR for question in decision.questions):
            return {}
        reading = decision.taken.reading
        if not decision.settled:
            return self._evidence.shown[source]
        if reading.source_format:
            return {DATE_ORDER: date_order(reading.source_format)}
        return {DECIMAL: reading.decimal, **({THOUSANDS: reading.thousands} if reading.thousands else {})}


def _is_within(number_type: ColumnType, widest: ColumnType) -> bool:
    """Return whether a type of numbers has no others than another: whole numbers are decimal numbers."""
    return NUMBER_TYPES.index(number_type.name) <= NUMBER_TYPES.index(widest.name)
