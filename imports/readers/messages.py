"""Messages about files and their rows, found while they are read."""

from core.messages import Sentence
from imports.readers.csv.dialect_score import CONTROLS
from imports.readers.encoding.labels import LABELS

_CONTENTS = "csv=CSV|excel=a spreadsheet|json=JSON|xml=XML"
_FILES = "csv=CSV files|excel=spreadsheets|json=JSON files|xml=XML files"
_KINDS = (
    "pdf=a PDF document|postscript=a PostScript document|rtf=an RTF document|png=a PNG image|jpeg=a JPEG image|"
    "gif=a GIF image|riff=a sound, video or image file|bitmap=a bitmap image|tiff=a TIFF image|gzip=a gzip archive|"
    "bzip2=a bzip2 archive|zstd=a Zstandard archive|xz=an xz archive|7z=a 7z archive|rar=a RAR archive|"
    "parquet=a Parquet file|sqlite=an SQLite database|program=a program|java=a Java program|"
    "sql=an SQL script|sql_dump=an SQL dump|script=a script|source_code=source code|mail=an e-mail message|"
    "contacts=a contact card|calendar=a calendar|patch=a list of changes to files|key=a key or certificate|"
    "yaml=a YAML document|bibtex=a BibTeX file|shell_output=the output of a database shell"
)
#: Other delimiters are shown as they are.
_DELIMITERS = "|".join(
    [
        ",=comma|, =comma and space|;=semicolon|; =semicolon and space|\t=tab|:=colon| =space",
        *(f"{sign}=control character {ord(sign)}" for sign in CONTROLS),
    ]
)
_ENCODING = "{encoding:select " + "|".join(f"{name}={label}" for name, label in LABELS.items()) + "}"
#: What the text continues with where JSON is broken.
_NEXT = "end=, but the text ends|comma=, but nothing follows the comma|other="
_CHOOSE_TABLE = "Choose a file that contains a table."
_EXPORT_AGAIN = "Please export or upload the file again."
_NOT_TABULAR = "This does not look like tabular data."

# --- rows

UNCLOSED_QUOTES = Sentence("unclosed_quotes", "{location} has unbalanced quotes")
FIELD_COUNT = Sentence("field_count", "{location} has {found:counted value}, expected {expected}")
EMPTY_FIELDS_BEYOND_HEADER = Sentence(
    "empty_fields_beyond_header",
    "{location} has {found:counted value}, expected {expected}; the extra ones are empty",
)
OTHER_DELIMITER = Sentence(
    "other_delimiter",
    f"{{location}} has a different delimiter than the file; it was split at {{delimiter:select {_DELIMITERS}}}",
)
UNDOUBLED_QUOTES = Sentence(
    "undoubled_quotes", "{location} has quotes that are not doubled or not closed; they were read as text"
)
REPEATED_HEADER = Sentence("repeated_header", "{location} repeats the header")
TOTAL_OF_ROWS = Sentence("total_of_rows", "{location} is the total of the rows above")
NOT_UNICODE = Sentence("not_unicode", "{location} has text that is not valid Unicode")
NOT_IN_ENCODING = Sentence("not_in_encoding", f"{{location}} has characters that are not valid in {_ENCODING}")
KEY_TWICE = Sentence("key_twice", "{location} has a duplicate key")
NOT_JSON_LINE = Sentence("not_json_line", "{location} is not valid JSON")
NOT_AN_OBJECT = Sentence("not_an_object", "{location} is not an object with named values")
LIST_LENGTH = Sentence("list_length", "{location} has {found:counted value}, expected {expected}")

# --- cells of a workbook

ERROR_CELL = Sentence("error_cell", "cell {cell} contains {error}")
FORMULA_WITHOUT_RESULT = Sentence("formula_without_result", "cell {cell} contains a formula without a saved result")
NO_DATE_IN_CELL = Sentence("no_date_in_cell", "cell {cell} shows {shown}, which is not a date or time of day")
ERROR_IN_HEADER = Sentence("error_in_header", "Header cell {cell} contains {error}.")
FORMULA_IN_HEADER = Sentence("formula_in_header", "Header cell {cell} contains a formula without a saved result.")

# --- types of files

EMPTY_FILE = Sentence("empty_file", f"This file is empty. {_CHOOSE_TABLE}")
MANY_BLANK_LINES = Sentence("many_blank_lines", "The file begins with more than {limit:,} blank lines. Remove them.")
MOSTLY_BROKEN = Sentence(
    "mostly_broken",
    "{broken:,} of the first {records:,} rows are broken: they have unbalanced quotes, or another number of values "
    "than the header. The first is {first}. Set {option[quote]} to none (in a mapping an empty text) if quotes mean "
    "nothing in this file, or repair it. With {option[quote]} set it is read as it is.",
)
ONLY_BLANK_LINES = Sentence("only_blank_lines", f"This file contains only blank lines. {_CHOOSE_TABLE}")
NOT_A_TABLE = Sentence(
    "not_a_table", f"This file is {{kind:select {_KINDS}}}, not a table. Choose a CSV, Excel, JSON or XML file."
)
NEITHER_TEXT_NOR_SPREADSHEET = Sentence(
    "neither_text_nor_spreadsheet", "Unsupported file type. Choose a CSV, Excel, JSON or XML file."
)
OFFICE_DOCUMENT = Sentence(
    "office_document", "This file is a document or a presentation. Save its table as .xlsx or .csv."
)
ELECTRONIC_BOOK = Sentence("electronic_book", "E-books are not supported. Save the table as .xlsx or .csv.")
WEB_PAGE = Sentence("web_page", "This file is a web page. Save its table as .xlsx or .csv.")
SAVED_WEB_PAGE = Sentence(
    "saved_web_page", "This file is a saved web page or message. Save its table as .xlsx or .csv."
)
WORKBOOK_AS_XML = Sentence(
    "workbook_as_xml",
    "This file is {kind:select excel_2003=an Excel 2003 workbook in XML format|"
    "opendocument=an OpenDocument spreadsheet in a single XML file}. Save it as .xlsx.",
)
TEXT_WORKBOOK_READ = Sentence(
    "text_workbook_read",
    "This file is {kind:select html=a web page|excel_2003=an Excel 2003 workbook in XML format}, not .xlsx or .xls; "
    "its table was read.",
)
NAME_OF_OTHER_TYPE = Sentence(
    "name_of_other_type",
    f"The file extension is .{{extension}}, but the content is {{file_type:select {_CONTENTS}}} and was read as such.",
)

# --- options

OPTION_IGNORED = Sentence(
    "option_ignored",
    f"The option “{{name}}” does not apply to {{file_type:select {_FILES}}} and was ignored.",
)
OPTIONS_IGNORED = Sentence(
    "options_ignored",
    f"The options “{{names:joined ” and “}}” do not apply to {{file_type:select {_FILES}}} and were ignored.",
)
MEMBER_IGNORED = Sentence(
    "member_ignored", "The option {option[member]:bare} applies only to archives and was ignored."
)

# --- archives

NO_ARCHIVE_HERE = Sentence(
    "no_archive_here",
    "This is a {archive} archive, which is not supported. Unpack it and choose the file with the table.",
)
ARCHIVE_IN_ARCHIVE = Sentence(
    "archive_in_archive",
    "The archive contains another archive ({member}). Unpack both and choose the file with the table.",
)
CALLED_OTHERWISE_THAN_ARCHIVE = Sentence(
    "called_otherwise_than_archive",
    "The file extension is .{extension}, but the content is a {archive} archive; it was unpacked.",
)
ARCHIVE_WITHOUT_EXTENSION = Sentence(
    "archive_without_extension",
    "The file has no extension, but the content is a {archive} archive; it was unpacked.",
)
MEMBERS_NOT_READ = Sentence(
    "members_not_read", "File read from the archive: {member}. Other files: {others:all}{more:more}."
)
NO_SUCH_MEMBER = Sentence("no_such_member", "File “{member}” not found in the archive. Available: {members:all}.")
ARCHIVE_WITHOUT_FILES = Sentence("archive_without_files", f"The zip archive contains no files. {_CHOOSE_TABLE}")
TOO_MANY_FILES_IN_ARCHIVE = Sentence(
    "too_many_files_in_archive",
    "The archive contains too many files. Unpack it and choose the file with the table.",
)
PROTECTED_ARCHIVE = Sentence(
    "protected_archive", "The zip archive is password-protected. Unpack it and choose the file with the table."
)
UNCOMMON_PACKING = Sentence(
    "uncommon_packing",
    "The zip archive uses an unsupported compression method. Unpack it and choose the file with the table.",
)
UNPACKED_TOO_LARGE = Sentence(
    "unpacked_too_large",
    "The {archive} archive is too large when unpacked. The limit is {limit_mb:megabytes}. "
    "Split the file into parts, each with the header row.",
)
UNPACKED_RATIO_TOO_HIGH = Sentence(
    "unpacked_ratio_too_high",
    "The {archive} archive unpacks to over {ratio} times its size. Please upload the uncompressed file.",
)
DAMAGED_ARCHIVE = Sentence("damaged_archive", f"The {{archive}} archive is damaged or incomplete. {_EXPORT_AGAIN}")
DAMAGED_ZIP = Sentence("damaged_zip", f"The workbook or archive is damaged or incomplete. {_EXPORT_AGAIN}")

# --- encodings

NO_SUCH_ENCODING = Sentence("no_such_encoding", "Unknown encoding “{encoding}”. Common ones: {common:all}.")
TEXT_IN_OTHER_ENCODING = Sentence(
    "text_in_other_encoding", f"The file is not valid {_ENCODING} text. Choose another encoding."
)
NO_BYTE_ORDER_MARK = Sentence("no_byte_order_mark", f"The file has no byte order mark; it was read as {_ENCODING}.")
PARTLY_UTF_8 = Sentence(
    "partly_utf_8", "The file is UTF-8 with some invalid characters. Cells that contain them are left empty."
)
NOT_UTF_8 = Sentence(
    "not_utf_8",
    f"Encoding detected: {_ENCODING}. If special characters look wrong, choose another encoding.",
)
NOT_IN_NAMED_ENCODING = Sentence(
    "not_in_named_encoding", f"The file is not in the encoding that it declares; it was read as {_ENCODING}."
)

# --- tables and their headers, in every format

NO_HEADER = Sentence("no_header", "No header row found; columns were numbered.")
FIRST_ROW_TOO_FAR = Sentence(
    "first_row_too_far",
    "{option[first_row]} is {line}, but the file has fewer lines, or too many before it. Remove them from the file.",
)
ONLY_A_HEADER = Sentence(
    "only_a_header",
    "Line {line} was read as the header, and there are no rows below it. Set {option[header_row]} to 0 if it is a row.",
)
TOO_MANY_COLUMNS_IN_LINES = Sentence(
    "too_many_columns_in_lines", f"The file has more than {{limit:,}} columns. {_NOT_TABULAR}"
)
TOO_MANY_KEYS = Sentence("too_many_keys", f"The rows have more than {{limit}} different keys. {_NOT_TABULAR}")
TOO_MANY_ATTRIBUTES = Sentence(
    "too_many_attributes", f"An element has more than {{limit:,}} attributes. {_NOT_TABULAR}"
)
TOO_MANY_VALUES_IN_RECORD = Sentence(
    "too_many_values_in_record", f"A row has more than {{limit:,}} values. {_NOT_TABULAR}"
)
RECORD_TOO_LONG = Sentence("record_too_long", f"A row is larger than {{limit_mb}} MB. {_NOT_TABULAR}")
SHEET_ROW_TOO_LONG = Sentence(
    "sheet_row_too_long", f"A row of the sheet is larger than {{limit_mb}} MB. {_NOT_TABULAR}"
)
HEADER_TOO_LONG = Sentence("header_too_long", f"The first line is too long for a header. {_NOT_TABULAR}")
NESTED_TOO_DEEP = Sentence(
    "nested_too_deep", "The file is nested more than {levels} levels deep. Please export it with fewer levels."
)

# --- delimited text

NOT_ONE_CHARACTER = Sentence("not_one_character", "The {name} must be a single character, or empty for none.")
LINE_END_IN_DELIMITER = Sentence(
    "line_end_in_delimiter", "The delimiter must not contain a line break. Choose another delimiter."
)
QUOTE_IN_DELIMITER = Sentence(
    "quote_in_delimiter",
    "The delimiter must not contain the quote character. Choose another quote character, or leave it empty.",
)
ESCAPE_IS_OTHER_SIGN = Sentence(
    "escape_is_other_sign",
    "The escape character must not be the quote or part of the delimiter. Choose another escape character.",
)
SINGLE_QUOTES_LEFT_OUT = Sentence(
    "single_quotes_left_out",
    "Removed single quotes around values. If they belong to the values, set {option[quote]:bare} to a double quote.",
)
UNUSUAL_DELIMITER = Sentence(
    "unusual_delimiter", f"Delimiter: {{delimiter:select {_DELIMITERS}}}. Change it if columns look wrong."
)
AMBIGUOUS_DELIMITER = Sentence(
    "ambiguous_delimiter",
    f"Delimiter: {{taken:select {_DELIMITERS}}} ({{other:select {_DELIMITERS}}} is also possible).",
)
WHOLE_LINES_QUOTED = Sentence(
    "whole_lines_quoted",
    f"Every line is one quoted value. To split it at the delimiter ({{delimiter:select {_DELIMITERS}}}), "
    "save the file without quotes around whole lines.",
)
ALIGNED_COLUMNS = Sentence(
    "aligned_columns",
    "This looks like a fixed-width file and was read as one column. Please save it with a delimiter.",
)
NO_LINE_FOR_HEADER = Sentence(
    "no_line_for_header", "{option[header_row]:bare} is {line}, but the file has fewer lines."
)
LINE_ABOVE_TABLE = Sentence(
    "line_above_table", "Skipped line {line} above the table. Change {option[header_row]:bare} if that is wrong."
)
LINES_ABOVE_TABLE = Sentence(
    "lines_above_table",
    "Skipped lines {first_line}–{last_line} above the table. Change {option[header_row]:bare} if that is wrong.",
)
SMALLER_TABLE_ABOVE = Sentence(
    "smaller_table_above",
    "Skipped lines {first_line}–{last_line} above the table: they contain a smaller table. "
    "Change {option[header_row]:bare} to read it.",
)
MOSTLY_WITHOUT_NAMES = Sentence(
    "mostly_without_names",
    "The header names only {named} of {columns} columns. "
    "If it is a title, set {option[header_row]:bare} to {next_row}.",
)
FIRST_COLUMN_WITHOUT_NAME = Sentence(
    "first_column_without_name", "The rows have one more column than the header; the first column has no name."
)
LAST_COLUMNS_WITHOUT_NAMES = Sentence(
    "last_columns_without_names", "Some rows have more columns than the header; the last columns have no names."
)
LINE_OF_NOTES = Sentence(
    "line_of_notes", "Skipped line {line} (note or total). Set {option[last_row]:bare} to 0 to include it."
)
LINES_OF_NOTES = Sentence(
    "lines_of_notes",
    "Skipped lines {first_line}–{last_line} (notes or totals). Set {option[last_row]:bare} to 0 to include them.",
)
UNPROVEN_TOTAL = Sentence(
    "unproven_total",
    "Line {line} looks like a total, but its amounts are not the sums of their columns; it was read as a row. "
    "Set {option[last_row]:bare} to leave it out.",
)
LINES_OF_OTHER_TABLE = Sentence(
    "lines_of_other_table",
    "Skipped lines {first_line}–{last_line}: another table (starts on line {starts:all}). "
    "Set {option[header_row]:bare} to {first_line} to read it.",
)

ALL_OF_NO_ARCHIVE = Sentence(
    "all_of_no_archive",
    "{option[member]:bare} “*” imports all files of a zip archive, each into its own table. Upload a zip archive, and "
    "do not set {option[sheet]:bare} to “*” too.",
)
ALL_SHEETS_OF_NO_WORKBOOK = Sentence(
    "all_sheets_of_no_workbook",
    "{option[sheet]:bare} “*” imports all sheets of a workbook, each into its own table. This file is not a workbook.",
)

# --- workbooks

DAMAGED_WORKBOOK = Sentence(
    "damaged_workbook", "The workbook is damaged or incomplete. Please save it again, or as .csv."
)
PROTECTED_WORKBOOK = Sentence(
    "protected_workbook", "The workbook is password-protected. Please save it without a password."
)
WORKBOOK_TOO_LARGE = Sentence(
    "workbook_too_large", "The workbook is too large ({size_mb} MB when unpacked). Please save the table as .csv."
)
SHEET_TOO_LARGE = Sentence(
    "sheet_too_large", "Sheet “{sheet}” has cells in too many rows and columns. Please save its table as .csv."
)
SHEET_TEXT_TOO_LONG = Sentence(
    "sheet_text_too_long",
    "Sheet “{sheet}” has more than {limit_mb:,} MB of text, most of it repeated. Please save its table as .csv.",
)
NO_SUCH_SHEET = Sentence("no_such_sheet", "Sheet “{sheet}” not found. Available: {sheets:all}.")
WORKBOOK_WITHOUT_VALUES = Sentence("workbook_without_values", f"The workbook has no values. {_CHOOSE_TABLE}")
NOTHING_FROM_ROW = Sentence(
    "nothing_from_row", "Sheet “{sheet}” has no values in row {row} or below. Choose another first row or sheet."
)
HIDDEN_SHEET_READ = Sentence(
    "hidden_sheet_read", "Sheet “{sheet}” is hidden; it was read because no other sheet has values."
)
SHEETS_NOT_READ = Sentence("sheets_not_read", "Sheet read: {sheet}. Other sheets: {others:noted}.")
ROW_ABOVE_TABLE = Sentence("row_above_table", "Skipped row {row} above the table.")
ROWS_ABOVE_TABLE = Sentence("rows_above_table", "Skipped rows {first_row}–{last_row} above the table.")
ROW_BELOW_TABLE = Sentence("row_below_table", "Skipped row {row} below the table (note or total).")
ROWS_BELOW_TABLE = Sentence(
    "rows_below_table", "Skipped rows {first_row}–{last_row} below the table (notes or totals)."
)
ROWS_OF_OTHER_TABLE = Sentence(
    "rows_of_other_table",
    "Skipped rows {first_row}–{last_row}: another table. "
    "Set {option[header_row]:bare} to {header_row} and {option[last_row]:bare} to {last_row} to read it.",
)
COLUMNS_OF_OTHER_TABLE = Sentence(
    "columns_of_other_table",
    "Skipped columns {columns}: another table. Set {option[columns]:bare} to {columns} to read it.",
)
COLUMNS_READ_TOGETHER = Sentence(
    "columns_read_together",
    "Columns {columns:joined  and } have an empty column between them and were read as one table. "
    "Set {option[columns]:bare} to one of these to read only that.",
)
COLUMNS_EXPECTED = Sentence(
    "columns_expected", "{option[columns]:bare} must be columns of the sheet, such as C:E, or one column, such as C."
)
NOTHING_IN_COLUMNS = Sentence(
    "nothing_in_columns", "Sheet “{sheet}” has no values in columns {columns}. Choose other columns or another sheet."
)
FAR_CELL = Sentence(
    "far_cell",
    "Cell {cell} was not read: it is outside the table, and its column has no name. To read it, add a name.",
)
FAR_CELLS = Sentence(
    "far_cells",
    "{cells:,} cells were not read, first {cell}: they are outside the table, and their columns have no names. "
    "To read them, add names.",
)
HIDDEN_ROW = Sentence("hidden_row", "Row {row} is hidden in the workbook; it was read too.")
HIDDEN_ROWS = Sentence("hidden_rows", "{rows:,} rows are hidden in the workbook, first row {row}; they were read too.")
HIDDEN_COLUMNS = Sentence("hidden_columns", "Hidden columns of the workbook were read too: {columns:all}.")
ROWS_RENUMBERED = Sentence(
    "rows_renumbered",
    "The workbook gives several rows the same number. All were read; from the first of them on, rows are renumbered.",
)
MERGED_CELLS = Sentence("merged_cells", "Merged cells ({area}): only the first cell has a value.")
MERGED_AREAS = Sentence(
    "merged_areas", "Merged cells ({areas:,} areas, first {area}): only the first cell of each area has a value."
)
SEVERAL_CURRENCIES = Sentence(
    "several_currencies", "Several currencies in column {columns:all}; the amounts were read as text."
)
FORMULA_NOT_CALCULATED = Sentence(
    "formula_not_calculated",
    "1 cell has a formula without a saved result. "
    "Open the workbook in a spreadsheet program, save it there and upload it again.",
)
FORMULAS_NOT_CALCULATED = Sentence(
    "formulas_not_calculated",
    "{cells:,} cells have formulas without saved results. "
    "Open the workbook in a spreadsheet program, save it there and upload it again.",
)
EMPTY_RESULT = Sentence(
    "empty_result",
    "1 formula has an empty result. If Excel shows a value there, save the workbook in Excel and upload it again.",
)
EMPTY_RESULTS = Sentence(
    "empty_results",
    "{formulas:,} formulas have empty results. "
    "If Excel shows values there, save the workbook in Excel and upload it again.",
)
NUMBERS_AS_SHOWN = Sentence(
    "numbers_as_shown",
    "Numbers in column {columns:all} were read as text, as the workbook shows them (for example {example}), "
    "because their format adds zeros or other characters.",
)
INEXACT_NUMBER = Sentence(
    "inexact_number",
    "Cell {cell} contains {number}, which the workbook does not store exactly. Check the last digits.",
)

# --- JSON and XML

BAD_NESTED = Sentence(
    "bad_nested", "{option[nested]} must be flatten (one column per value) or jsonb (one JSON column)."
)
OTHER_RECORDS_NOT_READ = Sentence(
    "other_records_not_read",
    "Rows read from {path}. Also in the file: {others:noted}{more:more}. Set {option[record_path]} to read others.",
)
OTHER_VALUES_NOT_READ = Sentence(
    "other_values_not_read",
    "Rows read from {path}. Also in the file: {values:counted other value}. Set {option[record_path]} to read others.",
)
OTHER_RECORDS_AND_VALUES_NOT_READ = Sentence(
    "other_records_and_values_not_read",
    "Rows read from {path}. Also in the file: {others:noted} and {values:counted other value}. "
    "Set {option[record_path]} to read others.",
)
POSSIBLE_RECORDS = Sentence(
    "possible_records", "The values at {path} may be rows. Set {option[record_path]:bare} to {path} to read them."
)
EMPTY_LIST_IN_ROW = Sentence(
    "empty_list_in_row",
    "The document was read as one row, and its list at {path} is empty. If the rows belong in that list, set "
    "{option[record_path]:bare} to {path}.",
)
COLUMNS_READ_AS_ROWS = Sentence(
    "columns_read_as_rows",
    "The values at {path} are listed by column: each key was read as a column. If that is wrong, choose another "
    "{option[record_path]}.",
)
COLUMNS_OF_OTHER_LENGTHS = Sentence(
    "columns_of_other_lengths",
    "The columns of the file have different numbers of values. Shorter columns have empty cells at the end.",
)
NO_NAMES_AT_PATH = Sentence(
    "no_names_at_path",
    "{option[header_path]:bare} “{path}” does not lead to a list of different names. Correct it or leave it empty.",
)
NEW_LISTS = Sentence(
    "new_lists",
    "Elements that occur more than once in a row, unlike in earlier files, were read as JSON lists: {paths:all}.",
)
PATH_TWICE = Sentence("path_twice", "The file contains {path} more than once; the first was read.")
COMMAS_WITHOUT_LIST = Sentence(
    "commas_without_list", "The objects are separated by commas, but are not in a list; they were read as rows."
)
RECORDS_FOLLOW = Sentence(
    "records_follow",
    "{option[record_path]:bare} “{path}” not found. The file is a sequence of objects; leave the path empty.",
)
NOTHING_AT_PATH = Sentence(
    "nothing_at_path", "{option[record_path]:bare} “{path}” not found. Available: “{paths:joined ”, “}”."
)
NOTHING_AT_PATH_NOW = Sentence("nothing_at_path_now", "The file has nothing at {path}; no rows were read.")
NO_RECORDS = Sentence("no_records", f"The file has no rows with named values. {_CHOOSE_TABLE}")
ONLY_RECORDS_WITH_KEY_TWICE = Sentence(
    "only_records_with_key_twice",
    "Nothing to import: {location} has a duplicate key. Use each key once per object.",
)
BROKEN_JSON = Sentence(
    "broken_json",
    f"Invalid JSON (line {{line}}, character {{character:,}}): {{fault:message}}{{next:select {_NEXT}}}. "
    f"{_EXPORT_AGAIN}",
)
NO_SUCH_ELEMENT = Sentence("no_such_element", "Element {path} not found. Available: {paths:all}.")
ELEMENTS_WITHOUT_VALUES = Sentence(
    "elements_without_values", f"The elements at {{path}} have no values. {_CHOOSE_TABLE}"
)
BROKEN_XML = Sentence(
    "broken_xml", f"Invalid XML (line {{line}}, character {{character}}): {{fault:message}}. {_EXPORT_AGAIN}"
)
XML_WITHOUT_ELEMENT = Sentence("xml_without_element", f"Invalid XML: no elements. {_EXPORT_AGAIN}")
XML_NESTED_TOO_DEEP = Sentence(
    "xml_nested_too_deep", "The XML is nested too deeply. Please export it with fewer levels."
)
XML_TEXT_TOO_LONG = Sentence(
    "xml_text_too_long",
    "The XML contains a text of more than 10 MB before line {line}, character {character}. "
    "Please save its table as .csv.",
)
XML_WITH_DOCTYPE = Sentence(
    "xml_with_doctype",
    "XML with a DOCTYPE that declares entities or names a local file is not allowed. Please save the file without it.",
)
XML_IN_OTHER_ENCODING = Sentence(
    "xml_in_other_encoding",
    "Invalid characters for the encoding of the XML (line {line}, character {character}). Choose another encoding.",
)
XML_NAMES_UNKNOWN_ENCODING = Sentence(
    "xml_names_unknown_encoding", "The XML declares an unknown encoding. Choose another encoding."
)
NO_ENCODING_OF_XML = Sentence(
    "no_encoding_of_xml",
    f"XML cannot be read as {_ENCODING}. "
    "Leave {option[encoding]:bare} empty to use the encoding that the file declares.",
)

# --- faults of invalid JSON, with those of core/messages.py

JSON_CHARACTER_EXPECTED = Sentence("json_character_expected", "expected “{expected}”")
JSON_LIST_ENDED = Sentence("json_list_ended", "text after the end of the list")
JSON_FAULT_AND_NEXT = Sentence("json_fault_and_next", f"{{fault:message}}{{next:select {_NEXT}}}")

# --- faults of invalid XML

XML_TAGS_DIFFER = Sentence("xml_tags_differ", "the closing tag does not match the opening tag")
XML_CUT_SHORT = Sentence("xml_cut_short", "the file ends before all tags are closed")
XML_TEXT_AFTER_END = Sentence("xml_text_after_end", "text after the last closing tag")
XML_TAG_EXPECTED = Sentence("xml_tag_expected", "expected a tag that starts with “<”")
XML_UNKNOWN_ENTITY = Sentence("xml_unknown_entity", "a name between “&” and “;” that XML does not know")
XML_SIGN_NOT_ESCAPED = Sentence("xml_sign_not_escaped", "“<” or “&” in a text must be written as “&lt;” or “&amp;”")
XML_TAG_NOT_CLOSED = Sentence("xml_tag_not_closed", "a tag without its closing “>”")
XML_INVALID_ATTRIBUTE = Sentence("xml_invalid_attribute", 'an attribute is not written as name="value"')
XML_ATTRIBUTE_TWICE = Sentence("xml_attribute_twice", "an attribute is repeated in a tag")
XML_INVALID_CHARACTER = Sentence("xml_invalid_character", "a control character that XML does not allow")
XML_PART_NOT_CLOSED = Sentence("xml_part_not_closed", "a comment, CDATA section or instruction is not closed")
XML_DECLARATION_NOT_FIRST = Sentence(
    "xml_declaration_not_first", "the XML declaration must be at the very beginning of the file"
)
XML_UNEXPECTED_TEXT = Sentence("xml_unexpected_text", "unexpected text")
