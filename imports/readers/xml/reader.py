"""XML: the repeating element is the record, its attributes and children are the columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from imports.errors import ErrorCode, NoSuchRecordPath, UnreadableFile
from imports.identifiers import cut_name
from imports.not_read import NotRead
from imports.readers import messages
from imports.readers.batch_builder import BatchBuilder
from imports.readers.encoding.decide import decide_encoding
from imports.readers.flatten import Columns, nesting_of
from imports.readers.limits import MAX_ELEMENT, MEGABYTE
from imports.readers.xml.named_fields import VALUE_ATTRIBUTES, name_attribute
from imports.readers.xml.parsing import (
    WrongEncoding,
    elements,
    free_element,
    is_at,
    libxml_name,
    local_name,
    path_of,
)
from imports.readers.xml.record_paths import (
    below,
    beside_record,
    element_paths,
    is_emptied,
    may_have_had,
    proposed,
    unread,
)
from imports.readers.xml.survey import PathCounter, survey
from imports.sources import SourceFile
from imports.text_batches import FileInfo, Places, TextBatch

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

VALUE_MEMBERS = {f"@{name}" for name in VALUE_ATTRIBUTES}

#: Root elements of workbooks whose cells are XML: rows of them are no records.
WORKBOOKS = {
    "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}document": "opendocument",
}


class XmlReader:
    """Columns: «@id» for an attribute, «city» for a child, «address.city» for a child's child.

    Children of which some record has several are a JSON list in every record; an element without text or parts is no
    value.
    """

    def __init__(self, source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> None:
        self.share_read = 0.0
        self._path = source.path
        self._batch_rows = batch_rows
        encoding = options.get("encoding")
        self._encoding = libxml_name(encoding) if encoding else None
        self.file_info = FileInfo("xml")
        structure = self._survey(suggest=not encoding)
        counts, self._repeated = structure.counts, structure.repeated
        self._asked_lists = set(options.get("lists", ()))
        named = options.get("named_fields")
        self._field_paths = set(structure.named_fields() if named is None else named)
        if structure.root in WORKBOOKS and not options.get("record_path"):
            raise UnreadableFile(messages.WORKBOOK_AS_XML(kind=WORKBOOKS[structure.root]))
        choices = proposed(counts, self._field_paths)
        self._record = options.get("record_path") or choices[0]
        self._records = counts[self._record]
        if not self._records:
            self._refuse_other_document(counts, choices)
        outside = [path for path in element_paths(counts) if not path.startswith(f"{self._record}/")]
        self._tags = {path.rpartition("/")[2] for path in outside}
        self.file_info.options["record_path"] = self._record
        repeated = {f"{path}/{local_name(tag)}" for path, tag in self._repeated}
        self._note_inside("lists", (self._asked_lists | repeated) - self._field_paths)
        self._note_inside("named_fields", self._field_paths)
        self.file_info.choices["record_path"] = choices
        for path in unread(counts, self._record):
            self.file_info.not_read.add(NotRead.DOCUMENT_BRANCH, name=path)
        if not options.get("record_path"):
            self.file_info.warnings += beside_record(counts, self._record)
            inside = below(self._record, counts, self._field_paths)
            self.file_info.warnings += [messages.POSSIBLE_RECORDS(path=path) for path in inside]
        self._cells_of = nesting_of(options)
        self._columns = Columns(self.file_info.header)
        self._tags_of_names: dict[tuple[str, str], str] = {}  # by what precedes the name, and name
        self._names: dict[tuple[str, str], str] = {}  # by what precedes the name, and tag
        self._lists: set[tuple[str, str]] = set()  # what precedes the name, and tag, of children that are several
        self._fields: set[tuple[str, str]] = set()  # what precedes the name, and tag, of fields with a name

    def _survey(self, *, suggest: bool) -> PathCounter:
        """suggest: whether bytes that are not in the encoding of the file may be read in the one that is likely."""
        try:
            return survey(self._path, self._encoding)
        except WrongEncoding:
            if not suggest:
                raise
        likely = decide_encoding(self._path)
        self._encoding = libxml_name(likely.name)
        self.file_info.options["encoding"] = likely.name
        wrong_declaration = messages.NOT_IN_NAMED_ENCODING(encoding=likely.name)
        self.file_info.warnings.append(likely.warning or wrong_declaration)
        return survey(self._path, self._encoding)

    def _refuse_other_document(self, counts: Counter[str], choices: list[str]) -> None:
        """Raise NoSuchRecordPath unless the document is the one with the path, only without a record."""
        if is_emptied(self._record, counts):
            return
        if not may_have_had(self._record, counts, self._field_paths):
            raise NoSuchRecordPath(messages.NO_SUCH_ELEMENT(path=self._record, paths=choices))
        self.file_info.warnings.append(messages.NOTHING_AT_PATH_NOW(path=self._record))

    def _note_inside(self, option: str, paths: set[str]) -> None:
        """Report the paths inside the records, if there are any: the next file of the kind may not show them."""
        inside = sorted(path for path in paths if path.startswith(f"{self._record}/"))
        if inside:
            self.file_info.options[option] = inside

    @property
    def places(self) -> Places:
        return Places(f"{self._record}[", "]")

    def location(self, place: int) -> str:
        return self.places(place)

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.UNSTORABLE_TEXT, messages.NOT_UNICODE)
        maker = BatchBuilder(self.location, unstorable, batch_rows=self._batch_rows)
        for place, element in enumerate(self._elements(), 1):
            self._mixed_length = 0
            value = self._value(element, "")
            record = value if isinstance(value, dict) else {"": value}
            text = record.pop("", None)
            if text is not None:
                record[local_name(element.tag)] = text
            cells = self._columns.of(record, self._cells_of)
            maker.add(cells, place, text=sum(map(len, filter(None, cells))))
            free_element(element)
            if maker.full:
                self.share_read = place / self._records
                yield from maker.flush()
        self.share_read = 1.0
        yield from maker.flush()
        if self._records and not self.file_info.header:
            raise UnreadableFile(messages.ELEMENTS_WITHOUT_VALUES(path=self._record))

    def _elements(self) -> Iterator[Any]:
        """Yield the elements that are records; the caller lets them go, those next to them go here."""
        steps = self._record.split("/")[1:]
        record = None  # that is open
        for begins, element in elements(self._path, self._encoding, self._tags):
            if record is None and begins and is_at(element, steps):
                record = element
            elif element is record and not begins:
                yield element
                record = None
            elif record is None and not begins:
                free_element(element)

    def _value(self, element: Any, prefix: str) -> Any:
        """Return None, the text, or a dict of attributes, children and text.

        The text of an element that mixes it with others is all its text, in the order of the document.
        """
        attributes = element.attrib
        if not len(element) and not attributes:
            return element.text or None
        members: dict[str, Any] = {
            self._attribute(element, key, prefix): text for key, text in attributes.items() if key != NIL
        }
        if attributes.get(NIL) in ("true", "1") and not len(element):
            return members or None
        text = element.text or ""
        for child in element:
            tag = child.tag
            name = self._names.get((prefix, tag)) or self._new_child(element, prefix, child)
            is_leaf = not len(child) and not child.keys()
            if self._fields and (prefix, tag) in self._fields:
                name, value = self._field(child, prefix)
            else:
                value = (child.text or None) if is_leaf else self._value(child, f"{prefix}{name}.")
            _add(members, name, value, is_list=(prefix, tag) in self._lists)
            text += child.tail or ""
        if text and not len(element):
            members[""] = text
        elif text and not text.isspace():
            members[""] = self._mixed_text(element)
        return members

    def _mixed_text(self, element: Any) -> str:
        """Return the text of the element with that of the elements in it. Raises UnreadableFile for too much in a row.

        Elements with mixed content in others with mixed content multiply the text.
        """
        text = "".join(element.itertext())
        self._mixed_length += len(text)
        if self._mixed_length > MAX_ELEMENT:
            raise UnreadableFile(messages.RECORD_TOO_LONG(limit_mb=MAX_ELEMENT // MEGABYTE))
        return text

    def _attribute(self, element: Any, key: str, prefix: str) -> str:
        known = self._names.get((prefix, f"@{key}"))
        if known is not None:
            return known
        namespace = key[1:].partition("}")[0]
        prefix_of_namespace = next((short for short, uri in element.nsmap.items() if short and uri == namespace), "xml")
        return self._new_name(prefix, "@", key, prefix_of_namespace if key.startswith("{") else None)

    def _new_child(self, element: Any, prefix: str, child: Any) -> str:
        """Return its name."""
        path = f"{path_of(element)}/{local_name(child.tag)}"
        if path in self._field_paths:
            self._fields.add((prefix, child.tag))
        elif (path_of(element), child.tag) in self._repeated or path in self._asked_lists:
            self._lists.add((prefix, child.tag))
        return self._new_name(prefix, "", child.tag, child.prefix)

    def _field(self, field: Any, prefix: str) -> tuple[str, Any]:
        """Return the name and the value of an element that has its name in an attribute."""
        attribute = name_attribute(field.attrib)
        if attribute is None:  # a field without a name, in a file that was read by the options of another
            name = self._names[prefix, field.tag]
            return name, self._value(field, f"{prefix}{name}.")
        tag = f"{{{field.tag}}}{cut_name(field.attrib.pop(attribute))}"
        name = self._names.get((prefix, tag)) or self._new_name(prefix, "", tag, None)
        value = self._value(field, f"{prefix}{name}.")
        if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in VALUE_MEMBERS:
            value = next(iter(value.values()))
        return name, value

    def _new_name(self, prefix: str, sign: str, tag: str, prefix_of_namespace: str | None) -> str:
        """Return the local name; with its namespace, as the file spells it if that will do, where another tag has
        that name.

        `sign` precedes the name; `prefix_of_namespace` is the namespace's prefix.
        """
        local = local_name(tag)
        for name in (f"{sign}{local}", f"{sign}{prefix_of_namespace or ''}:{local}", f"{sign}{tag}"):
            if self._tags_of_names.setdefault((prefix, name), tag) == tag:
                break
        self._names[prefix, sign + tag] = name
        return name


def _add(members: dict[str, Any], name: str, value: Any, *, is_list: bool) -> None:
    """Add a child of an element; a second one of the same name creates a list."""
    if name not in members:
        members[name] = [value] if is_list else value
    elif isinstance(members[name], list):
        members[name].append(value)
    else:
        members[name] = [members[name], value]
