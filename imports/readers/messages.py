"""What is said of files and records while they are read."""

from core.messages import Sentence

_FILE_TYPES = "csv=delimited text|excel=a spreadsheet|json=JSON|xml=XML"
_KINDS = (
    "pdf=a PDF document|postscript=a PostScript document|rtf=an RTF document|png=a PNG image|jpeg=a JPEG image|"
    "gif=a GIF image|riff=a sound, video or image file|bitmap=a bitmap image|tiff=a TIFF image|gzip=a gzip archive|"
    "bzip2=a bzip2 archive|zstd=a Zstandard archive|xz=an xz archive|7z=a 7z archive|rar=a RAR archive|"
    "parquet=a Parquet file|sqlite=an SQLite database|program=a program|java=a Java program"
)
# What comes where the JSON should go on.
_NEXT = "end=, but the text ends|comma=, but nothing follows the comma|other="

# --- of records

UNCLOSED_QUOTES = Sentence("unclosed_quotes", "{location} has quotes that do not match up")
FIELD_COUNT = Sentence("field_count", "{location} has {found:counted field}, the header has {expected}")
EMPTY_FIELDS_BEYOND_HEADER = Sentence(
    "empty_fields_beyond_header",
    "{location} has {found:counted field}, the header has {expected}; those that are too many are empty",
)
OTHER_DELIMITER = Sentence(
    "other_delimiter", "{location} has another delimiter than the file; it was divided at {delimiter!r}"
)
UNDOUBLED_QUOTES = Sentence(
    "undoubled_quotes", "{location} has quotes that are not doubled or not closed; they were read as text"
)
REPEATED_HEADER = Sentence("repeated_header", "{location} repeats the header")
NOT_UNICODE = Sentence("not_unicode", "{location} holds text that is not Unicode")
NOT_IN_ENCODING = Sentence("not_in_encoding", "{location} holds bytes that are not {encoding} text")
KEY_TWICE = Sentence("key_twice", "{location} names a key twice")
NOT_JSON_LINE = Sentence("not_json_line", "{location} is not JSON")
NOT_AN_OBJECT = Sentence("not_an_object", "{location} is not an object with named fields")
LIST_LENGTH = Sentence("list_length", "{location} has {found} values, the first has {expected}")

# --- of cells of a workbook

ERROR_CELL = Sentence("error_cell", "cell {cell} holds {error}")
FORMULA_WITHOUT_RESULT = Sentence("formula_without_result", "cell {cell} holds a formula without its result")
ERROR_IN_HEADER = Sentence("error_in_header", "In the header cell {cell} holds {error}.")
FORMULA_IN_HEADER = Sentence("formula_in_header", "In the header cell {cell} holds a formula without its result.")

# --- what a file is

EMPTY_FILE = Sentence("empty_file", "The file is empty. Choose a file with a table in it.")
ONLY_BLANK_LINES = Sentence("only_blank_lines", "The file holds only blank lines. Choose a file with a table in it.")
NOT_A_TABLE = Sentence(
    "not_a_table", f"The file is {{kind:select {_KINDS}}}, not a table. Choose a CSV, Excel, JSON or XML file."
)
NEITHER_TEXT_NOR_SPREADSHEET = Sentence(
    "neither_text_nor_spreadsheet",
    "The file is not text and no spreadsheet either. Choose a CSV, Excel, JSON or XML file.",
)
OFFICE_DOCUMENT = Sentence(
    "office_document", "The file is a document or a presentation. Save its table as .xlsx or .csv."
)
ELECTRONIC_BOOK = Sentence("electronic_book", "The file is an electronic book. Save its table as .xlsx or .csv.")
WEB_PAGE = Sentence("web_page", "The file is a web page. Save its table as .csv or .xlsx.")
SAVED_WEB_PAGE = Sentence("saved_web_page", "The file is a saved web page or message. Save its table as .csv or .xlsx.")
WORKBOOK_AS_XML = Sentence(
    "workbook_as_xml",
    "The file is {kind:select excel_2003=a workbook of Excel 2003 as XML|"
    "opendocument=an OpenDocument in a single XML file}. Save it as .xlsx.",
)
NAME_OF_OTHER_TYPE = Sentence(
    "name_of_other_type",
    f"The file is called .{{extension}}, but it holds {{file_type:select {_FILE_TYPES}}}; it was read as that.",
)

# --- options

OPTION_IGNORED = Sentence(
    "option_ignored", f"The option {{name}} means nothing for {{file_type:select {_FILE_TYPES}}}: it is read without."
)
OPTIONS_IGNORED = Sentence(
    "options_ignored",
    f"The options {{names:joined  and }} mean nothing for {{file_type:select {_FILE_TYPES}}}: it is read without.",
)
MEMBER_IGNORED = Sentence(
    "member_ignored",
    "The option {option[member]:bare} means nothing for a file that is no archive: it is read without.",
)

# --- archives

NO_ARCHIVE_HERE = Sentence("no_archive_here", "The file is a {archive} archive. Unpack it and choose the file in it.")
CALLED_OTHERWISE_THAN_ARCHIVE = Sentence(
    "called_otherwise_than_archive",
    "The file is called .{extension}, but it is a {archive} archive; it was unpacked.",
)
ARCHIVE_WITHOUT_EXTENSION = Sentence(
    "archive_without_extension", "The file is called otherwise, but it is a {archive} archive; it was unpacked."
)
MEMBERS_NOT_READ = Sentence(
    "members_not_read", "The archive holds {files} files; only {member} was read, not {others:all}{more:more}."
)
NO_SUCH_MEMBER = Sentence("no_such_member", "There is no member «{member}». The archive has: {members:all}.")
ARCHIVE_WITHOUT_FILES = Sentence(
    "archive_without_files", "The file is a zip archive without files. Choose one with a table in it."
)
TOO_MANY_FILES_IN_ARCHIVE = Sentence(
    "too_many_files_in_archive", "The archive holds too many files. Unpack it and choose the file with the table."
)
PROTECTED_ARCHIVE = Sentence(
    "protected_archive", "The zip archive is protected by a password. Unpack it and choose the file in it."
)
UNCOMMON_PACKING = Sentence(
    "uncommon_packing", "The zip archive is packed in an uncommon way. Unpack it and choose the file in it."
)
UNPACKED_TOO_LARGE = Sentence(
    "unpacked_too_large", "The {archive} archive unpacks to more than {limit_mb:g} MB, which is the limit here."
)
UNPACKED_RATIO_TOO_HIGH = Sentence(
    "unpacked_ratio_too_high", "The {archive} archive unpacks to over {ratio} times its size. Send the file unpacked."
)
DAMAGED_ARCHIVE = Sentence("damaged_archive", "The {archive} archive is damaged or cut short. Pack or send it again.")
DAMAGED_ZIP = Sentence("damaged_zip", "The workbook or archive is damaged or cut short. Save or send it again.")

# --- encodings

NO_SUCH_ENCODING = Sentence("no_such_encoding", "There is no text encoding «{encoding}». Common ones: {common:all}.")
TEXT_IN_OTHER_ENCODING = Sentence("text_in_other_encoding", "The file is not {encoding} text. Choose another encoding.")
NO_BYTE_ORDER_MARK = Sentence("no_byte_order_mark", "The file has no byte order mark; it was read as {encoding}.")
PARTLY_UTF_8 = Sentence(
    "partly_utf_8", "The file is UTF-8 with some bytes that are not; records with such bytes are kept back."
)
NOT_UTF_8 = Sentence(
    "not_utf_8",
    "The file is not UTF-8; it was read as {encoding}. If letters look wrong, choose another encoding.",
)
NOT_IN_NAMED_ENCODING = Sentence(
    "not_in_named_encoding", "The file is not in the encoding that it names; it was read as {encoding}."
)

# --- tables and their headers, in every format

NO_HEADER = Sentence(
    "no_header",
    "The first {file_type:select csv=line|excel=row|json=list} holds values, not names; the columns were numbered.",
)
TOO_MANY_COLUMNS_IN_LINES = Sentence(
    "too_many_columns_in_lines", "The lines have more than {limit:,} columns; this is not one table."
)
TOO_MANY_KEYS = Sentence("too_many_keys", "The records have more than {limit} different keys; this is not one table.")
TOO_MANY_ATTRIBUTES = Sentence(
    "too_many_attributes", "An element has more than {limit:,} attributes; this is not one table."
)
TOO_MANY_VALUES_IN_RECORD = Sentence(
    "too_many_values_in_record", "A record holds more than {limit:,} values. Is this a table?"
)
RECORD_TOO_LONG = Sentence("record_too_long", "A record is longer than {limit_mb} MB. Is this a table?")
SHEET_ROW_TOO_LONG = Sentence("sheet_row_too_long", "A row of the sheet is longer than {limit_mb} MB. Is this a table?")
HEADER_TOO_LONG = Sentence("header_too_long", "The first line is too long to be a header. Is this a table?")
NESTED_TOO_DEEP = Sentence(
    "nested_too_deep", "The file is nested more than {levels} levels deep. Choose one with plain records."
)

# --- delimited text

NOT_ONE_CHARACTER = Sentence("not_one_character", "The {name} must be one character, or empty where there is none.")
LINE_END_IN_DELIMITER = Sentence(
    "line_end_in_delimiter", "The delimiter must not hold a line end: that is where records end."
)
QUOTE_IN_DELIMITER = Sentence(
    "quote_in_delimiter", "The delimiter must not hold the quote. Choose another quote, or an empty one."
)
ESCAPE_IS_OTHER_SIGN = Sentence(
    "escape_is_other_sign", "The escape must not be the quote or in the delimiter. Choose another one."
)
SINGLE_QUOTES_LEFT_OUT = Sentence(
    "single_quotes_left_out",
    "Single quotes around values were left out; if they are part of the values, set {option[quote]:bare} to '\"'.",
)
UNUSUAL_DELIMITER = Sentence(
    "unusual_delimiter", "The columns are divided by {delimiter!r}; if that is wrong, choose another delimiter."
)
AMBIGUOUS_DELIMITER = Sentence(
    "ambiguous_delimiter",
    "The delimiter could also be {other!r}; {taken!r} was taken, which gives the tidier table.",
)
WHOLE_LINES_QUOTED = Sentence(
    "whole_lines_quoted",
    "Every line is one value in quotes, though {delimiter!r} would divide it; if it should, save the file "
    "without quotes around whole lines.",
)
ALIGNED_COLUMNS = Sentence(
    "aligned_columns",
    "The lines look like columns aligned with blanks, but were read as one; save the file with a delimiter.",
)
NO_LINE_FOR_HEADER = Sentence(
    "no_line_for_header", "{option[header_row]:bare} is {line}, but the file does not reach to that line."
)
LINE_ABOVE_TABLE = Sentence(
    "line_above_table",
    "Line {line} is left out: it stands before the table. Set {option[header_row]:bare} to say where the table begins.",
)
LINES_ABOVE_TABLE = Sentence(
    "lines_above_table",
    "Lines {first_line} to {last_line} are left out: they stand before the table. "
    "Set {option[header_row]:bare} to say where the table begins.",
)
SMALLER_TABLE_ABOVE = Sentence(
    "smaller_table_above",
    "Lines {first_line} to {last_line} are left out: they stand before the larger table that was read. "
    "Set {option[header_row]:bare} to say where the table begins.",
)
FIRST_COLUMN_WITHOUT_NAME = Sentence(
    "first_column_without_name", "The records have one field more than the header; the first column has no name."
)
LAST_COLUMNS_WITHOUT_NAMES = Sentence(
    "last_columns_without_names", "The records have more fields than the header; the last columns have no names."
)
LINE_OF_NOTES = Sentence(
    "line_of_notes",
    "Line {line} is left out: it holds notes or totals; set {option[last_row]:bare} to 0 to read all lines.",
)
LINES_OF_NOTES = Sentence(
    "lines_of_notes",
    "Lines {first_line} to {last_line} are left out: they hold notes or totals; "
    "set {option[last_row]:bare} to 0 to read all lines.",
)
LINES_OF_OTHER_TABLE = Sentence(
    "lines_of_other_table",
    "Lines {first_line} to {last_line} are left out: they hold another table (it begins on line {starts:all}); "
    "set {option[header_row]:bare} to {first_line} to read it.",
)

# --- workbooks

DAMAGED_WORKBOOK = Sentence("damaged_workbook", "The workbook is damaged or cut short. Save it again, or as .csv.")
PROTECTED_WORKBOOK = Sentence("protected_workbook", "The workbook is protected by a password. Save it without one.")
WORKBOOK_TOO_LARGE = Sentence(
    "workbook_too_large", "The workbook unpacks to {size_mb} MB, which is too much. Send it as .csv."
)
SHEET_TOO_LARGE = Sentence(
    "sheet_too_large", "The sheet {sheet} spreads over too many rows and columns. Send its table as .csv."
)
NO_SUCH_SHEET = Sentence("no_such_sheet", "There is no sheet «{sheet}». The workbook has: {sheets:all}.")
WORKBOOK_WITHOUT_VALUES = Sentence(
    "workbook_without_values", "The workbook holds no values. Choose one with a table in it."
)
NOTHING_FROM_ROW = Sentence("nothing_from_row", "The sheet {sheet} holds nothing from row {row} on.")
HIDDEN_SHEET_READ = Sentence(
    "hidden_sheet_read", "The sheet {sheet} is hidden; it was read because no other holds values."
)
SHEETS_NOT_READ = Sentence("sheets_not_read", "Of the workbook only the sheet {sheet} was read, not: {others:noted}.")
ROW_ABOVE_TABLE = Sentence("row_above_table", "Row {row} stands above the table and was not read.")
ROWS_ABOVE_TABLE = Sentence(
    "rows_above_table", "Rows {first_row} to {last_row} stand above the table and were not read."
)
ROW_BELOW_TABLE = Sentence("row_below_table", "Row {row} stands below the table (a note or a total) and was not read.")
ROWS_BELOW_TABLE = Sentence(
    "rows_below_table",
    "Rows {first_row} to {last_row} stand below the table (a note or a total) and were not read.",
)
ROWS_OF_OTHER_TABLE = Sentence(
    "rows_of_other_table",
    "Rows {first_row} to {last_row} hold another table and were not read. "
    "Set {option[header_row]:bare} to {header_row} and {option[last_row]:bare} to {last_row} to read it.",
)
MERGED_CELLS = Sentence(
    "merged_cells",
    "Some cells are merged in the table ({area}); the first cell has the value, the others have none.",
)
MERGED_AREAS = Sentence(
    "merged_areas",
    "{areas:,} areas of cells are merged in the table ({area}); the first cell has the value, the others have none.",
)
SEVERAL_CURRENCIES = Sentence(
    "several_currencies",
    "The amounts in column {columns:all} are in several currencies; each was read with its sign, as text.",
)
FORMULA_NOT_CALCULATED = Sentence(
    "formula_not_calculated",
    "One cell holds a formula whose result was not saved. "
    "Open the workbook in a spreadsheet program, save it there and import it again.",
)
FORMULAS_NOT_CALCULATED = Sentence(
    "formulas_not_calculated",
    "{cells:,} cells hold formulas whose results were not saved. "
    "Open the workbook in a spreadsheet program, save it there and import it again.",
)
EMPTY_RESULT = Sentence(
    "empty_result",
    "One formula came to nothing. If the workbook was written by another program, open it in a spreadsheet program "
    "and save it there, so that all are calculated.",
)
EMPTY_RESULTS = Sentence(
    "empty_results",
    "{formulas:,} formulas came to nothing. If the workbook was written by another program, open it in a spreadsheet "
    "program and save it there, so that all are calculated.",
)
INEXACT_NUMBER = Sentence(
    "inexact_number",
    "Cell {cell} holds {number}, too large for the workbook to be exact: the last digits may differ.",
)

# --- JSON and XML

BAD_NESTED = Sentence(
    "bad_nested", "{option[nested]} must be flatten (a column for each value) or jsonb (one for all)."
)
OTHER_RECORDS_NOT_READ = Sentence(
    "other_records_not_read",
    "The records at {path} were read; beside them the file holds {others:noted}{more:more}. "
    "Set {option[record_path]} to read others.",
)
OTHER_VALUES_NOT_READ = Sentence(
    "other_values_not_read",
    "The records at {path} were read; beside them the file holds {values:counted other value}. "
    "Set {option[record_path]} to read others.",
)
OTHER_RECORDS_AND_VALUES_NOT_READ = Sentence(
    "other_records_and_values_not_read",
    "The records at {path} were read; beside them the file holds {others:noted}, {values:counted other value}. "
    "Set {option[record_path]} to read others.",
)
POSSIBLE_RECORDS = Sentence(
    "possible_records", "The values at {path} may be records; set {option[record_path]:bare} to read them so."
)
PATH_TWICE = Sentence("path_twice", "The file names {path} more than once; the first was read.")
COMMAS_WITHOUT_LIST = Sentence("commas_without_list", "Commas stand between the records, but no list around them.")
RECORDS_FOLLOW = Sentence(
    "records_follow", "There is no {option[record_path]:bare} «{path}»: the records follow one another."
)
NOTHING_AT_PATH = Sentence(
    "nothing_at_path", "There is nothing at {option[record_path]:bare} «{path}». There is: «{paths:joined », «}»."
)
NO_RECORDS = Sentence("no_records", "The file holds no records with named fields. Choose one with a table in it.")
ONLY_RECORDS_WITH_KEY_TWICE = Sentence(
    "only_records_with_key_twice",
    "There is nothing to load: {location} names a key twice. Name each key of a record once.",
)
BROKEN_JSON = Sentence(
    "broken_json",
    "The JSON is broken on line {line}, character {character:,}: {fault:message}"
    f"{{next:select {_NEXT}}}. Save or send the file again.",
)
NO_SUCH_ELEMENT = Sentence("no_such_element", "There is no element {path}. There is: {paths:all}.")
ELEMENTS_WITHOUT_VALUES = Sentence(
    "elements_without_values", "The elements {path} hold no values. Choose a file with a table in it."
)
BROKEN_XML = Sentence(
    "broken_xml", "The XML is broken on line {line}, character {character}: {fault}. Save or send the file again."
)
XML_WITHOUT_ELEMENT = Sentence(
    "xml_without_element", "The XML is broken: it holds no element. Save or send the file again."
)
XML_NESTED_TOO_DEEP = Sentence("xml_nested_too_deep", "The XML is nested too deep. Choose one with plain records.")
XML_TEXT_TOO_LONG = Sentence(
    "xml_text_too_long",
    "The XML holds a text of more than 10 MB before line {line}, character {character}. Send its table as .csv.",
)
XML_WITH_DOCTYPE = Sentence(
    "xml_with_doctype", "The XML has a DOCTYPE, which is not allowed here. Save it without one."
)
XML_IN_OTHER_ENCODING = Sentence(
    "xml_in_other_encoding",
    "The XML holds bytes on line {line}, character {character} that are not in its encoding. Choose another encoding.",
)
XML_NAMES_UNKNOWN_ENCODING = Sentence(
    "xml_names_unknown_encoding", "The XML names an encoding that cannot be read. Choose another encoding."
)
NO_ENCODING_OF_XML = Sentence(
    "no_encoding_of_xml",
    "XML cannot be read as {encoding}. Leave {option[encoding]:bare} out: the file says it itself.",
)

# --- what is wrong with broken JSON

JSON_CHARACTER_EXPECTED = Sentence("json_character_expected", "expected «{expected}»")
JSON_KEY_EXPECTED = Sentence("json_key_expected", "expected a key in quotes")
JSON_LIST_ENDED = Sentence("json_list_ended", "something follows the end of the list")
JSON_STRING_NOT_CLOSED = Sentence("json_string_not_closed", "the string that begins here does not end")
JSON_FAULT = Sentence("json_fault", "{fault}")  # in the words of Python's decoder, which has no codes
JSON_FAULT_AND_NEXT = Sentence("json_fault_and_next", f"{{fault:message}}{{next:select {_NEXT}}}")
