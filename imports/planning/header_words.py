"""What a header says of the values below it."""

from __future__ import annotations

import re

#: Words of headers above durations. The last word of a compound counts too: “Spieldauer”, “tracklength”.
_DURATIONS = (
    "duration", "durations", "dur", "length", "len", "elapsed", "runtime", "playtime", "laptime", "lap", "pace",
    "split", "dauer", "länge", "laufzeit", "spielzeit", "rundenzeit", "durée", "duree", "durata", "duración",
    "duracion", "duração", "duracao", "duur", "lengte", "varaktighet", "längd", "varighed", "varighet", "kesto",
)  # fmt: skip
_COMPOUNDS = ("duration", "length", "runtime", "dauer", "länge", "laufzeit", "duur", "längd")
_MINUTES_AND_SECONDS = re.compile(r"\b(?:mm?:ss|min:sec|minutes?:seconds?)\b", re.IGNORECASE)
_HOURS_AND_MINUTES = re.compile(r"\b(?:hh?:mm|h:min|hours?:minutes?)\b", re.IGNORECASE)
_COORDINATES = ("lat", "latitude", "lon", "lng", "long", "longitude", "breitengrad", "längengrad")
_VERSIONS = (
    "version", "versions", "versie", "versión", "versão", "versione", "firmware", "revision", "build",
    "section", "clause", "chapter", "paragraph", "kapitel", "abschnitt", "chapitre", "capitolo", "capítulo",
)  # fmt: skip
_SCORES = (
    "score", "scores", "result", "results", "ergebnis", "endstand", "spielstand", "odds", "ratio", "aspect",
    "résultat", "risultato", "resultado", "uitslag", "resultat",
)  # fmt: skip
#: Words of headers above values that identify a row: by one word of their own, then as the last of several, the surest
#: first.
_KEYS = (
    "id", "uuid", "guid", "key", "pk", "oid", "identifier", "kennung", "schlüssel", "identifiant", "sleutel", "clave",
)  # fmt: skip
_KEY_ENDINGS = (
    "sku", "isbn", "issn", "ean", "gtin", "upc", "asin", "vin", "iban", "doi", "lei", "barcode", "email", "mail",
    "login", "username", "slug", "code", "kode", "codice", "código", "codigo", "number", "no", "nr", "num", "nummer",
    "numéro", "numero", "número", "reference", "ref",
)  # fmt: skip
#: Words before one of these by which the values say something else of the row: “zip code”, “phone number”.
_OTHER_CODES = (
    "zip", "post", "postal", "area", "country", "currency", "language", "state", "region", "status", "error", "color",
    "colour", "house", "street", "room", "floor", "page", "phone", "telephone", "mobile", "fax", "tax", "rule", "dial",
)  # fmt: skip
_KEY_COMPOUNDS = ("nummer", "nr", "kennung", "schlüssel")  # “Kundennummer”, “Artikelnr”
#: Words of their own above the number of a line, which says nothing of the row.
_LINE_NUMBERS = ("no", "nr", "num", "number", "nummer", "row", "line", "index", "pos", "position", "zeile")
#: Words of headers that name a date or a time, whatever else they say: “version date”, “result time”.
_DATES_AND_TIMES = ("date", "datum", "day", "tag", "time", "zeit", "uhrzeit", "at", "on", "am", "um", "fecha", "data")


def names_versions(header: str) -> bool:
    """Return whether the values are numbers of versions or sections: “firmwareVersion”, “Kapitel”."""
    return _names_one_of(_VERSIONS, header)


def names_scores(header: str) -> bool:
    """Return whether the values are scores or ratios: “final_score”, “Ergebnis”, “odds”."""
    return _names_one_of(_SCORES, header)


def _names_one_of(words: tuple[str, ...], header: str) -> bool:
    found = set(_words(header))
    return not found.isdisjoint(words) and found.isdisjoint(_DATES_AND_TIMES)


def names_a_duration(header: str) -> bool:
    """Return whether the values are durations: “len”, “trackLength”, “Spieldauer”, “time (mm:ss)”."""
    if _HOURS_AND_MINUTES.search(header):
        return False
    return bool(_MINUTES_AND_SECONDS.search(header)) or any(
        word in _DURATIONS or word.endswith(_COMPOUNDS) for word in _words(header)
    )


def names_coordinates(header: str) -> bool:
    """Return whether the values are degrees, which are below 1,000: “lat”, “geo.longitude”."""
    return any(word in _COORDINATES for word in _words(header))


def names_a_key(header: str) -> int | None:
    """Return how surely the values identify rows by the header's last words, from 0, the surest; None: it says nothing.

    “id” is 0, “customer_id” 1, “SKU” or “order number” 2.
    """
    words = _words(header)
    last = words[-1] if words else ""
    if last in _KEYS:
        return 0 if len(words) == 1 else 1
    if not set(words).isdisjoint(_OTHER_CODES):
        return None
    is_key = last in _KEY_ENDINGS or (last.endswith(_KEY_COMPOUNDS) and last not in _KEY_COMPOUNDS)
    return 2 if is_key else None


def may_number_lines(header: str) -> bool:
    """Return whether the values may only count the lines of the file: “No.”, “#”, “row”."""
    words = _words(header)
    return not words or (len(words) == 1 and words[0] in _LINE_NUMBERS)


def _words(header: str) -> list[str]:
    """Return the words of a header in small letters: “trackLength (min)” -> track, length, min."""
    return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).casefold())
