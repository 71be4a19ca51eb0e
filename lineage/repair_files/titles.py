"""Which column of a file that is sent back is which of the file that was downloaded: by its title, wherever it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.csv_writer import FORMULAS
from imports.extraction.repair_marks import IMPORT_ID, RECORD_NUMBER
from imports.loading.repair_files import ADDED
from lineage.provenance.source_records import EXTRA


@dataclass(frozen=True)
class Columns:
    """Places in a row of the file, from 0."""

    import_id: int | None
    number: int | None
    extra: int | None  # of the values without a header
    positions: dict[int, int]  # position in the header of the import -> place
    alike: tuple[tuple[int, ...], ...]  # positions with the same name, of which the order of their places is a guess
    unknown: tuple[tuple[int, str], ...]  # place and title of columns that were not in the file as downloaded
    missing: tuple[int, ...]  # positions


def columns_of(titles: Sequence[str | None], header: Sequence[str]) -> Columns:
    """Return the columns of a row of titles. header: of the import's own file."""
    names = [*header, EXTRA, *ADDED]
    places = _exact(titles, names)
    left = [at for at, title in enumerate(titles) if at not in places.values() and title]
    places |= _nearly(titles, left, [at for at in range(len(header)) if at not in places], names)
    width, own = len(header), {name: len(names) - 1 - names[::-1].index(name) for name in (IMPORT_ID, RECORD_NUMBER)}
    taken = {*places.values()}
    return Columns(
        import_id=places.get(own[IMPORT_ID]),
        number=places.get(own[RECORD_NUMBER]),
        extra=places.get(width),
        positions={at: place for at, place in places.items() if at < width},
        alike=_alike(header, places),
        unknown=tuple((at, title) for at, title in enumerate(titles) if title and at not in taken),
        missing=tuple(at for at in range(width) if at not in places),
    )


def _exact(titles: Sequence[str | None], names: Sequence[str]) -> dict[int, int]:
    """Return the position among the names -> place of each title that is spelled as it was.

    Of several with one name the first is the first. Where some of them were removed it is unknown which are left,
    except that the columns that the download adds are the last.
    """
    wanted, found = _by_text(map(_plain, names)), _by_text(map(_plain, titles))
    places: dict[int, int] = {}
    for text, positions in wanted.items():
        at = found.get(text, [])
        if len(at) == len(positions):
            places |= zip(positions, at, strict=True)
        elif at and names[positions[-1]] in (EXTRA, *ADDED):
            places[positions[-1]] = at[-1]
    return places


def _nearly(
    titles: Sequence[str | None], left: Sequence[int], absent: Sequence[int], names: Sequence[str]
) -> dict[int, int]:
    """Return the same for titles that differ in spaces or capitals only, where there is no doubt."""
    wanted = _by_text([_folded(names[at]) for at in absent])
    found = _by_text([_folded(titles[at]) for at in left])
    return {
        absent[positions[0]]: left[found[text][0]]
        for text, positions in wanted.items()
        if len(positions) == 1 and len(found.get(text, ())) == 1
    }


def _by_text(texts: Iterable[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for at, text in enumerate(texts):
        found.setdefault(text, []).append(at)
    return found


def _plain(title: str | None) -> str:
    """Return a title without the apostrophe that keeps a spreadsheet from running it as a formula."""
    title = title or ""
    return title[1:] if title.startswith("'") and title[1:].startswith(FORMULAS) else title


def _folded(title: str | None) -> str:
    return " ".join(_plain(title).casefold().split())


def _alike(header: Sequence[str], places: dict[int, int]) -> tuple[tuple[int, ...], ...]:
    groups = _by_text([_plain(name) for name in header]).values()
    return tuple(tuple(group) for group in groups if len(group) > 1 and all(at in places for at in group))
