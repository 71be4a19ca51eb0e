"""Which element of an XML document is the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from encodings.aliases import aliases
from pathlib import Path
from typing import Any

from lxml import etree

from imports.errors import InvalidMapping, UnreadableFile
from imports.readers.encodings import text_encoding
from imports.readers.nested import beside

MAX_LEVELS = 6  # levels of the document that are looked at for repeating elements
MAX_PATHS = 2_000  # different paths that are counted
MAX_CHOICES = 50  # paths that are offered


def parse(path: Path, encoding: str | None, tags: Iterable[str] = ()) -> Iterator[tuple[str, Any]]:
    """(event, element) for every start and end; with `tags` for the ends of elements with these local names.

    Raises UnreadableFile for broken XML and for any DOCTYPE.
    """
    wanted = {"events": ("end",), "tag": [f"{{*}}{tag}" for tag in tags]} if tags else {"events": ("start", "end")}
    try:
        parser = etree.iterparse(
            str(path), **wanted, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
            remove_comments=True, remove_pis=True, encoding=encoding,
        )  # fmt: skip
        first = True
        for event, element in parser:
            if first and element.getroottree().docinfo.doctype:
                raise UnreadableFile("The XML has a DOCTYPE, which is not allowed here. Save it without one.")
            first = False
            yield event, element
    except etree.XMLSyntaxError as error:
        raise _told(parser) from error
    except (LookupError, OSError) as error:
        raise UnreadableFile("The XML names an encoding that cannot be read. Choose another encoding.") from error


def _told(parser: Any) -> UnreadableFile:
    """What libxml found first."""
    fault = next(iter(parser.error_log.filter_from_fatals()), None)
    if fault is None:
        return UnreadableFile("The XML is broken: it holds no element. Save or send the file again.")
    said = fault.message.strip().partition("\n")[0]
    if said.startswith("Excessive depth"):
        return UnreadableFile("The XML is nested too deep. Choose one with plain records.")
    at = f"line {fault.line}, character {fault.column}"
    return UnreadableFile(f"The XML is broken on {at}: {said}. Save or send the file again.")


def libxml_name(encoding: str) -> str:
    """The name by which libxml knows an encoding that Python knows. Raises InvalidMapping."""
    name = text_encoding(encoding)
    module = aliases.get(name.replace("-", "_"), name.replace("-", "_"))
    others = [alias.replace("_", "-") for alias, held in aliases.items() if held == module]
    for spelt in (encoding, name, *others):
        with suppress(LookupError):
            etree.XMLParser(encoding=spelt)
            return spelt
    raise InvalidMapping(f"XML cannot be read as {encoding}. Leave encoding out: the file says it itself.")


def local_name(element: Any) -> str:
    """The tag without its namespace."""
    return element.tag.rpartition("}")[2]


def path_of(element: Any) -> str:
    """«/people/person»."""
    steps = [local_name(element), *map(local_name, element.iterancestors())]
    return "/" + "/".join(reversed(steps))


def let_go(element: Any) -> None:
    """Frees an element that was read, and its elder siblings, which its parent still holds."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def look_through(path: Path, encoding: str | None) -> Counter[str]:
    """How often each path occurs, in the order of the document, and with «/» behind it, how often with children."""
    counts: Counter[str] = Counter()
    steps: list[str] = []
    for event, element in parse(path, encoding):
        if event == "start":
            steps.append(local_name(element))
            here = "/" + "/".join(steps)
            if len(steps) <= MAX_LEVELS and (len(counts) < MAX_PATHS or here in counts):
                counts[here] += 1
        else:
            if len(steps) <= MAX_LEVELS and (len(element) or element.attrib):
                counts["/" + "/".join(steps) + "/"] += 1
            steps.pop()
            if len(steps) < MAX_LEVELS:
                let_go(element)
    return counts


def proposed(counts: Counter[str]) -> list[str]:
    """Paths that may be the record, the likeliest first.

    The most frequent repeated child of an element that stands once, nearest to the root; without any, the only child
    of the root that has children; else the root.
    """
    paths = [path for path in counts if not path.endswith("/")]
    once = {path for path in paths if counts[path] == 1}
    repeated = [path for path in paths if counts[path] > 1 and path.rpartition("/")[0] in once]
    with_parts = [path for path in repeated if counts[path + "/"]]
    likely = sorted(with_parts or repeated, key=lambda path: (path.count("/"), -counts[path]))
    single = [path for path in paths if path.count("/") == 2 and counts[path] == 1 and counts[path + "/"]]
    root = paths[0]
    found = likely or (single if len(single) == 1 and len(paths_below(paths, root)) == 1 else []) or [root]
    others = [path for path in paths if path not in found and counts[path + "/"]]
    return (found + others)[:MAX_CHOICES]


def beside_record(counts: Counter[str], record: str) -> list[str]:
    """The warning that names the elements which stand beside the records, or nothing."""
    here = record + "/"
    above = [path for path in counts if not path.endswith("/") and here.startswith(path + "/") and path != record]
    others = [
        f"{path} ({count})"
        for path, count in counts.items()
        if not path.endswith("/") and path.rpartition("/")[0] in above and not here.startswith(path + "/")
    ]
    return [beside(record, others)] if others else []


def paths_below(paths: list[str], root: str) -> list[str]:
    return [path for path in paths if path.startswith(root + "/") and path.count("/") == 2]
