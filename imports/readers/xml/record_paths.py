"""Which element of an XML document is the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from encodings.aliases import aliases
from pathlib import Path
from typing import Any

from lxml import etree

from core.messages import Message
from imports.errors import InvalidMapping, UnreadableFile
from imports.readers import messages
from imports.readers.encoding.decide import text_encoding
from imports.readers.flatten import beside
from imports.readers.xml.doctype import parser_options
from imports.readers.xml.faults import xml_fault

BLOCK = 1 << 20
MAX_NESTED = 256  # levels that libxml builds a tree of
MAX_ATTRIBUTES = 2_000  # of an element; libxml takes the square of their number to list them
MAX_LEVELS = 12  # levels of the document that are looked at for repeating elements
MAX_PATHS = 2_000  # different paths that are counted
MAX_CHOICES = 50  # paths that are offered


class WrongEncoding(UnreadableFile):
    """The bytes are not in the encoding that the file names, or in UTF-8 where it names none."""


def elements(path: Path, encoding: str | None, tags: Iterable[str]) -> Iterator[Any]:
    """Yield elements with these local names, each when it has ended. Raises UnreadableFile for broken XML.

    For a file that was looked through: it uses no entities.
    """
    options = parser_options(path, encoding)
    parser = etree.iterparse(
        str(path), events=("end",), tag=[f"{{*}}{tag}" for tag in tags], encoding=encoding, **options
    )  # fmt: skip
    with told_by(parser):
        yield from (element for _, element in parser)


@contextmanager
def told_by(parser: Any) -> Iterator[None]:
    """Translate the parser's errors to UnreadableFile."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise _told(parser) from error
    except (LookupError, OSError) as error:
        raise unknown_encoding() from error


def unknown_encoding() -> UnreadableFile:
    return UnreadableFile(messages.XML_NAMES_UNKNOWN_ENCODING())


def _told(parser: Any) -> UnreadableFile:
    """Return what libxml found first."""
    log = parser.feed_error_log if isinstance(parser, etree.XMLParser) else parser.error_log
    fault = next(iter(log.filter_from_fatals()), None)
    if fault is None:
        return UnreadableFile(messages.XML_WITHOUT_ELEMENT())
    if fault.type == etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING:
        return unknown_encoding()
    at = {"line": fault.line, "character": fault.column}
    if fault.type == etree.ErrorTypes.ERR_INVALID_ENCODING:
        return WrongEncoding(messages.XML_IN_OTHER_ENCODING(**at))
    if fault.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        return UnreadableFile(messages.XML_TEXT_TOO_LONG(**at))
    return _broken(fault)


def _broken(fault: Any) -> UnreadableFile:
    what = xml_fault(fault.type).as_json()
    return UnreadableFile(messages.BROKEN_XML(line=fault.line, character=fault.column, fault=what))


def libxml_name(encoding: str) -> str:
    """Return the name by which libxml knows an encoding that Python knows. Raises InvalidMapping."""
    name = text_encoding(encoding)
    module = aliases.get(name.replace("-", "_"), name.replace("-", "_"))
    others = [alias.replace("_", "-") for alias, target in aliases.items() if target == module]
    for spelling in (encoding, name, *others):
        with suppress(LookupError):
            etree.XMLParser(encoding=spelling)
            return spelling
    raise InvalidMapping(messages.NO_ENCODING_OF_XML(encoding=encoding))


def local_name(element: Any) -> str:
    """Return the tag without its namespace."""
    return element.tag.rpartition("}")[2]


def path_of(element: Any) -> str:
    """Return the path of the element, such as /people/person."""
    steps = [local_name(element), *map(local_name, element.iterancestors())]
    return "/" + "/".join(reversed(steps))


def let_go(element: Any) -> None:
    """Free an element that was read, and its elder siblings, which its parent still holds."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def look_through(path: Path, encoding: str | None) -> PathCounter:
    """Return the paths of the document, counted. Raises UnreadableFile for broken XML and for entities."""
    paths = PathCounter()
    parser = etree.XMLParser(target=paths, encoding=encoding, **parser_options(path, encoding))
    with told_by(parser), path.open("rb") as stream:
        while data := stream.read(BLOCK):
            parser.feed(data)
            _refuse_undeclared_entities(parser)
        parser.close()
        _refuse_undeclared_entities(parser)
    return paths


def _refuse_undeclared_entities(parser: Any) -> None:
    """Raise UnreadableFile for an entity that may be declared in a DTD elsewhere: libxml leaves it out and warns."""
    for fault in parser.feed_error_log:
        if fault.type == etree.ErrorTypes.WAR_UNDECLARED_ENTITY:
            raise _broken(fault)


class PathCounter:
    """What lxml calls while it parses, in place of building a tree.

    `counts`: how often each path occurs, in the order of the document, and with «/» behind it, how often with children.
    `root`: the tag of the outermost element.
    `repeated`: (path, tag) where an element at the path has several children of that tag.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.root = ""
        self.repeated: set[tuple[str, str]] = set()
        self._numbers = [0]  # of the elements that are open, as they were begun
        self._begun = 0
        self._last_parent: dict[tuple[str, str], int] = {}  # by the path above and the tag: the parent's number
        self._names: dict[tuple[str, str], str] = {}  # by the path above and the tag: the path
        self._paths = [""]  # of the elements that are open
        self._has_parts = [False]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._paths) > MAX_NESTED:
            raise UnreadableFile(messages.XML_NESTED_TOO_DEEP())
        if len(attributes) > MAX_ATTRIBUTES:
            raise UnreadableFile(messages.TOO_MANY_ATTRIBUTES(limit=MAX_ATTRIBUTES))
        self.root = self.root or tag
        child = self._paths[-1], tag
        here = self._names.get(child) or self._new_path(*child)
        if self._last_parent.get(child) == self._numbers[-1]:
            self.repeated.add(child)
        elif child in self._names:
            self._last_parent[child] = self._numbers[-1]
        self._begun += 1
        self._numbers.append(self._begun)
        self._has_parts[-1] = True
        self._paths.append(here)
        self._has_parts.append(bool(attributes))
        if here in self.counts:
            self.counts[here] += 1

    def _new_path(self, above: str, tag: str) -> str:
        """Counted from now on, unless it is too deep or one too many."""
        here = f"{above}/{tag.rpartition('}')[2]}"
        if len(self._paths) <= MAX_LEVELS and len(self.counts) < MAX_PATHS:
            self.counts.setdefault(here, 0)
        if len(self._names) < MAX_PATHS:
            self._names[above, tag] = here
        return here

    def end(self, tag: str) -> None:
        here = self._paths.pop()
        self._numbers.pop()
        if self._has_parts.pop() and here in self.counts:
            self.counts[f"{here}/"] += 1

    def close(self) -> None:
        """Nothing was built."""


def proposed(counts: Counter[str]) -> list[str]:
    """Return paths that may be the record, the likeliest first.

    The most frequent repeated child of an element that occurs once, nearest to the root; without any, the only child
    of the root that has children; else the root.
    """
    paths = _elements(counts)
    single = [path for path in paths if path.count("/") == 2 and counts[path] == 1 and counts[path + "/"]]
    root = paths[0]
    likely = _likely(counts)
    best = likely or (single if len(single) == 1 and len(paths_below(paths, root)) == 1 else []) or [root]
    others = [path for path in paths if path not in best and counts[path + "/"]]
    return (best + others)[:MAX_CHOICES]


def _likely(counts: Counter[str]) -> list[str]:
    """Return the repeated children of elements that occur once: those with parts, if there are any."""
    paths = _elements(counts)
    once = {path for path in paths if counts[path] == 1}
    repeated = [path for path in paths if counts[path] > 1 and path.rpartition("/")[0] in once]
    with_parts = [path for path in repeated if counts[path + "/"]]
    return sorted(with_parts or repeated, key=lambda path: (path.count("/"), -counts[path]))


def is_emptied(record: str, counts: Counter[str]) -> bool:
    """Return whether the element that would have the records is there, without children."""
    parent = record.rpartition("/")[0]
    return parent in counts and not any(path.startswith(f"{parent}/") for path in _elements(counts))


def may_have_had(record: str, counts: Counter[str]) -> bool:
    """Return whether a document without the path may be one of its kind: of the same root, without other records."""
    return record.startswith(f"{_elements(counts)[0]}/") and not _likely(counts)


def _elements(counts: Counter[str]) -> list[str]:
    return [path for path in counts if not path.endswith("/")]


def beside_record(counts: Counter[str], record: str) -> list[Message]:
    """Return the warning that names the elements next to the records, or nothing."""
    here = record + "/"
    above = [path for path in counts if not path.endswith("/") and here.startswith(path + "/") and path != record]
    others = [
        (path, count)
        for path, count in counts.items()
        if not path.endswith("/") and path.rpartition("/")[0] in above and not here.startswith(path + "/")
    ]
    return [beside(record, others)] if others else []


def paths_below(paths: list[str], root: str) -> list[str]:
    return [path for path in paths if path.startswith(root + "/") and path.count("/") == 2]
