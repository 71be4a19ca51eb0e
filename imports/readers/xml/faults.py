"""What is wrong with invalid XML, in our own words, by the code of libxml."""

from __future__ import annotations

from lxml.etree import ErrorTypes

from core.messages import Message
from imports.readers import messages

_FAULTS = {
    ErrorTypes.ERR_TAG_NAME_MISMATCH: messages.XML_TAGS_DIFFER,
    ErrorTypes.ERR_TAG_NOT_FINISHED: messages.XML_CUT_SHORT,
    ErrorTypes.ERR_DOCUMENT_END: messages.XML_TEXT_AFTER_END,
    ErrorTypes.ERR_DOCUMENT_EMPTY: messages.XML_TAG_EXPECTED,
    ErrorTypes.ERR_UNDECLARED_ENTITY: messages.XML_UNKNOWN_ENTITY,
    ErrorTypes.WAR_UNDECLARED_ENTITY: messages.XML_UNKNOWN_ENTITY,
    ErrorTypes.ERR_INVALID_CHAR: messages.XML_INVALID_CHARACTER,
    ErrorTypes.ERR_INVALID_HEX_CHARREF: messages.XML_INVALID_CHARACTER,
    ErrorTypes.ERR_INVALID_DEC_CHARREF: messages.XML_INVALID_CHARACTER,
    ErrorTypes.ERR_NAME_REQUIRED: messages.XML_SIGN_NOT_ESCAPED,
    ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING: messages.XML_SIGN_NOT_ESCAPED,
    ErrorTypes.ERR_LT_IN_ATTRIBUTE: messages.XML_SIGN_NOT_ESCAPED,
    ErrorTypes.ERR_GT_REQUIRED: messages.XML_TAG_NOT_CLOSED,
    ErrorTypes.ERR_LTSLASH_REQUIRED: messages.XML_TAG_NOT_CLOSED,
    ErrorTypes.ERR_ATTRIBUTE_NOT_STARTED: messages.XML_INVALID_ATTRIBUTE,
    ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED: messages.XML_INVALID_ATTRIBUTE,
    ErrorTypes.ERR_ATTRIBUTE_WITHOUT_VALUE: messages.XML_INVALID_ATTRIBUTE,
    ErrorTypes.ERR_SPACE_REQUIRED: messages.XML_INVALID_ATTRIBUTE,
    ErrorTypes.ERR_ATTRIBUTE_REDEFINED: messages.XML_ATTRIBUTE_TWICE,
    ErrorTypes.ERR_CDATA_NOT_FINISHED: messages.XML_PART_NOT_CLOSED,
    ErrorTypes.ERR_COMMENT_NOT_FINISHED: messages.XML_PART_NOT_CLOSED,
    ErrorTypes.ERR_PI_NOT_FINISHED: messages.XML_PART_NOT_CLOSED,
    ErrorTypes.ERR_RESERVED_XML_NAME: messages.XML_DECLARATION_NOT_FIRST,
}


def xml_fault(error_type: int) -> Message:
    """Return what is wrong where libxml stopped. error_type: one of lxml's ErrorTypes."""
    return _FAULTS.get(error_type, messages.XML_UNEXPECTED_TEXT)()
