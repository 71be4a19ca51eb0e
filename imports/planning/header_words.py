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


def speaks_of_duration(header: str) -> bool:
    """Return whether the values are durations: “len”, “trackLength”, “Spieldauer”, “time (mm:ss)”."""
    if _HOURS_AND_MINUTES.search(header):
        return False
    return bool(_MINUTES_AND_SECONDS.search(header)) or any(
        word in _DURATIONS or word.endswith(_COMPOUNDS) for word in _words(header)
    )


def speaks_of_coordinates(header: str) -> bool:
    """Return whether the values are degrees, which are below 1,000: “lat”, “geo.longitude”."""
    return any(word in _COORDINATES for word in _words(header))


def _words(header: str) -> list[str]:
    """Return the words of a header in small letters: “trackLength (min)” -> track, length, min."""
    return re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header).casefold())
