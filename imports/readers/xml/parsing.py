"""XML parsed piece by piece, with libxml's faults as errors of ours."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from encodings.aliases import aliases
from pathlib import Path
from typing import Any

from lxml import etree

from imports.errors import InvalidMapping, UnreadableFile
from imports.identifiers import MAX_NAME_LENGTH, cut_name
from imports.readers import messages
from imports.readers.encoding.decide import text_encoding
from imports.readers.xml.doctype import parser_options
from imports.readers.xml.faults import xml_fault

BLOCK = 1 << 20


class WrongEncoding(UnreadableFile):
    """The bytes are not in the encoding that the file names, or in UTF-8 where it names none."""


def elements(path: Path, encoding: str | None, tags: Collection[str]) -> Iterator[tuple[bool, Any]]:
    """Yield elements with these local names, each when it begins (True) and when it has ended (False).

    For a file that was surveyed: it uses no entities. Raises UnreadableFile for broken XML.
    """
    options = parser_options(path, encoding)
    is_cut = any(len(tag) == MAX_NAME_LENGTH for tag in tags)
    with path.open("rb") as stream:  # lxml itself would leave it open where the reader stops before the end
        parser = etree.iterparse(
            stream, events=("start", "end"), tag=None if is_cut else [f"{{*}}{tag}" for tag in tags],
            encoding=encoding, **options,
        )  # fmt: skip
        with translate_xml_faults(parser):
            yield from ((event == "start", element) for event, element in parser)


@contextmanager
def translate_xml_faults(parser: Any) -> Iterator[None]:
    """Translate the parser's errors to UnreadableFile."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        raise _first_fault(parser) from error
    except (LookupError, OSError) as error:
        raise unknown_encoding() from error


def unknown_encoding() -> UnreadableFile:
    return UnreadableFile(messages.XML_NAMES_UNKNOWN_ENCODING())


def _first_fault(parser: Any) -> UnreadableFile:
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


def local_name(tag: str) -> str:
    """Return a tag without its namespace, cut where it is long."""
    return cut_name(tag.rpartition("}")[2])


def path_of(element: Any) -> str:
    """Return the path of the element, such as /people/person."""
    steps = [local_name(element.tag), *(local_name(above.tag) for above in element.iterancestors())]
    return "/" + "/".join(reversed(steps))


def is_at(element: Any, steps: Sequence[str]) -> bool:
    """Return whether this is the path of the element. steps: local names from the root on."""
    for step in reversed(steps):
        if element is None or local_name(element.tag) != step:
            return False
        element = element.getparent()
    return element is None


def free_element(element: Any) -> None:
    """Free an element that was read, and its elder siblings, which its parent still holds."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def feed(path: Path, encoding: str | None, target: Any) -> None:
    """Parse the document with an object that lxml calls. Raises UnreadableFile for broken XML and for entities."""
    parser = etree.XMLParser(target=target, encoding=encoding, **parser_options(path, encoding))
    with translate_xml_faults(parser), path.open("rb") as stream:
        while data := stream.read(BLOCK):
            parser.feed(data)
            _refuse_undeclared_entities(parser)
        parser.close()
        _refuse_undeclared_entities(parser)


def _refuse_undeclared_entities(parser: Any) -> None:
    """Raise UnreadableFile for an entity that may be declared in a DTD elsewhere: libxml leaves it out and warns."""
    for fault in parser.feed_error_log:
        if fault.type == etree.ErrorTypes.WAR_UNDECLARED_ENTITY:
            raise _broken(fault)
