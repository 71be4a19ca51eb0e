"""What the DOCTYPE of an XML document declares: elements and attributes are read, entities are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from imports.errors import UnreadableFile
from imports.readers import messages

PIECE = 4096  # bytes that are parsed at once, until the outermost element begins
SAFELY: dict[str, Any] = {
    "resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False, "remove_comments": True,
    "remove_pis": True,
}  # fmt: skip


def parser_options(path: Path, encoding: str | None) -> dict[str, Any]:
    """Return how the document is parsed safely. Raises UnreadableFile for a DOCTYPE with entities or of a local file.

    Values that the document's own DOCTYPE declares for absent attributes are filled in. A DTD elsewhere is never
    loaded, and libxml would load it for its attributes.
    """
    document = _begun(path, encoding)
    if document is None or document.internalDTD is None:
        return SAFELY
    elsewhere = document.system_url or ""
    if any(True for _ in document.internalDTD.entities()) or elsewhere.lower().startswith("file:"):
        raise UnreadableFile(messages.XML_WITH_DOCTYPE())
    return SAFELY if elsewhere else {**SAFELY, "attribute_defaults": True}


def _begun(path: Path, encoding: str | None) -> Any:
    """Return what is known of the document where its outermost element begins; None where it is broken before."""
    parser = etree.XMLPullParser(events=("start",), encoding=encoding, **SAFELY)
    is_sound = True
    with path.open("rb") as stream:
        while is_sound and (data := stream.read(PIECE)):
            is_sound = _feed(parser, data)
            for _, element in parser.read_events():
                return element.getroottree().docinfo
    return None


def _feed(parser: Any, data: bytes) -> bool:
    """Return whether the XML is sound so far; what is wrong is told when all of it is read."""
    try:
        parser.feed(data)
    except (etree.XMLSyntaxError, LookupError, OSError):
        return False
    return True
