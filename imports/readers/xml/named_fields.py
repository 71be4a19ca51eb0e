"""Elements that have the name of their column in an attribute: <field name="id">1</field>."""

from __future__ import annotations

from collections.abc import Mapping

from imports.identifiers import cut_name
from imports.readers.limits import MAX_COLUMNS

NAME_ATTRIBUTES = ("name", "Name", "NAME", "key")  # the first that an element has is the name
VALUE_ATTRIBUTES = ("value", "Value", "VALUE")  # in place of a text
OTHER_ATTRIBUTES = {"type", "nil", "lang", "dataType", "datatype"}  # that such an element may have too
#: Tags that say of themselves that they are fields, in lower case.
FIELD_TAGS = {
    "field", "column", "col", "cell", "data", "simpledata", "property", "prop", "attribute", "attr", "param",
    "parameter", "value", "var", "str", "int", "long", "float", "double", "bool", "date",
}  # fmt: skip
RECURRING = 0.75  # of the names that all parents together have, how many each has on average, where no tag says it


def name_attribute(attributes: Mapping[str, str]) -> str | None:
    """Return the attribute with the name of the column; None where the element has none, or others that are no field's.

    The name of the attribute is as lxml gives it, with its namespace.
    """
    name = next((key for key in NAME_ATTRIBUTES if attributes.get(key)), None)
    others = {key.rpartition("}")[2] for key in attributes if key != name} - OTHER_ATTRIBUTES
    return name if others <= set(VALUE_ATTRIBUTES) else None


class FieldNames:
    """The names that the elements of one path have."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._elements = 0
        self._parents = 0
        self._most = 0  # elements in one parent
        self._parent = -1
        self._in_parent: set[str] = set()

    def add(self, attributes: Mapping[str, str], parent: int) -> bool:
        """Return whether the path may still be one of fields. parent: a number of the element above."""
        attribute = name_attribute(attributes)
        if attribute is None or len(self._names) > MAX_COLUMNS:
            return False
        if parent != self._parent:
            self._parent, self._in_parent = parent, set()
            self._parents += 1
        name = cut_name(attributes[attribute])
        if name in self._in_parent:
            return False
        self._in_parent.add(name)
        self._names.add(name)
        self._elements += 1
        self._most = max(self._most, len(self._in_parent))
        return True

    def are_fields(self, tag: str) -> bool:
        """Return whether the elements are the columns of their parents, which the tag says or the names that recur."""
        if self._most < 2:
            return False
        recur = self._parents > 1 and self._elements >= RECURRING * len(self._names) * self._parents
        return recur or tag.lower() in FIELD_TAGS
