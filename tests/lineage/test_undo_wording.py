"""What is said of undo and redo: codes with parameters, and their English for one and for many."""

from dataclasses import replace

import pytest

from lineage.undo import messages
from lineage.undo.redo import RedoReport
from lineage.undo.redo_preview import RedoPreview
from lineage.undo.undo_preview import OtherImport, UndoPreview, UndoReport
from lineage.undo.wording import (
    outcome_in_words,
    redo_in_words,
    redone_in_words,
    undo_in_words,
    undone_in_words,
)

PREVIEW = UndoPreview(
    import_id="7", table_name="t", rows_going=1_200, rows_remaining=1, imports_remaining=2, rows_returning=0,
    returning=(), rows_becoming_duplicates=0, becoming_duplicates=(), columns_dropped=(), table_dropped=False,
    rows_changed_by_hand=0, changed_rows=(), rows_deleted_by_hand=0, blocked_by=(),
)  # fmt: skip
OUTLOOK = RedoPreview(
    table_name="t", records=3, rows_inserted=2, duplicates_found=1, rows_kept=0, later_imports=0, later_rows_changed=0,
    table_made=False, columns_added=(),
)  # fmt: skip


def effects(preview):
    return [one.message.as_json() for one in undo_in_words(preview)]


def test_effects_are_codes_with_parameters():
    preview = replace(
        PREVIEW, rows_returning=1, returning=(OtherImport("8", "b.csv", 1),), columns_dropped=("x", "y"),
        rows_changed_by_hand=2, changed_rows=(4, 5), rows_deleted_by_hand=3,
    )  # fmt: skip

    assert effects(preview) == [
        {"code": "rows_will_leave", "params": {"rows": 1200, "table": "t"}},
        {"code": "rows_will_return", "params": {"rows": 1}},
        {"code": "rows_will_be", "params": {"rows": 1, "imports": 2}},
        {"code": "columns_will_go", "params": {"number": 2, "columns": ["x", "y"]}},
        {"code": "changed_rows_at_stake", "params": {"rows": 2}},
        {"code": "rows_deleted_by_hand", "params": {"rows": 3}},
        {"code": "history_stays", "params": {}},
    ]
    assert [str(one) for one in undo_in_words(preview)] == [
        "1,200 rows will leave the table t.",
        "1 row of other imports will come back, having been left out as duplicates of rows that leave."
        " (1 row of b.csv)",
        "The table will have 1 row then, from 2 other imports.",
        "2 columns that only this import brought will go: x, y.",
        "2 rows that would be lost were changed by hand since. (row 4, row 5)",
        "Gone already, deleted by hand: 3 rows of this import.",
        "The history keeps this import, marked as undone. The same file may be imported again.",
    ]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"table_dropped": True}, messages.TABLE_WILL_GO()),
        ({}, messages.ROWS_WILL_STAY(rows=1, imports=2)),
        ({"imports_remaining": 0}, messages.CHANGED_ROWS_WILL_STAY(rows=1)),
        ({"rows_becoming_duplicates": 4}, messages.ROWS_WILL_BE(rows=1, imports=2)),
        ({"rows_returning": 4, "imports_remaining": 0}, messages.CHANGED_ROWS_WILL_BE(rows=1)),
    ],
)
def test_what_the_table_will_hold(found, message):
    assert message.as_json() in effects(replace(PREVIEW, **found))


def test_the_outcome_in_one_sentence_and_what_stands_in_its_way():
    blocked = replace(PREVIEW, blocked_by=(messages.USED_BY(user="view seen"),))

    assert outcome_in_words(blocked) == (
        "1,200 rows will leave, the table will have 1 row. The view seen uses what would be dropped. Drop it first."
    )
    assert outcome_in_words(replace(PREVIEW, rows_going=1, table_dropped=True)) == "1 row will leave with the table."


def test_what_an_undo_did():
    report = UndoReport(
        import_id="7", table_name="t", rows_removed=2, rows_returned=1, rows_become_duplicates=3, rows_kept=4,
        columns_dropped=("x",), table_dropped=True,
    )  # fmt: skip

    assert undone_in_words(report) == (
        "Taken back: 2 rows left t. 1 row of other imports came back. 3 rows of other imports became duplicates. "
        "4 rows changed by hand stayed. 1 column went: x. The table went with them."
    )


def test_what_a_redo_will_do():
    outlook = replace(OUTLOOK, rows_kept=1, later_imports=1, later_rows_changed=1, columns_added=("x",))

    assert [str(one) for one in redo_in_words(outlook)] == [
        "3 records will be read again from the kept file, with the mapping that the import had.",
        "It takes its old place, before 1 import: rows of theirs that it had first become duplicates again.",
        "When it was undone it had 2 rows and 1 duplicate. It will have as many again, unless imports before it were"
        " undone or redone since.",
        "1 column will be added to the table again: x.",
        "1 row of it, kept because somebody changed what was imported, will stay as they stand.",
        "1 row of imports after it was changed by hand: some may repeat rows that come back.",
        "What was changed by hand in rows that left does not come back.",
    ]
    assert [one.message.code for one in redo_in_words(replace(OUTLOOK, table_made=True))] == [
        "file_will_be_read", "no_later_import", "numbers_before_undo", "table_will_be_made", "changes_stay_lost",
    ]  # fmt: skip


def test_what_a_redo_did():
    report = RedoReport(
        import_id="7", table_name="t", rows_inserted=1, duplicates_found=0, rows_returned=1, rows_become_duplicates=2,
        table_made=True, columns_added=("x", "y"),
    )  # fmt: skip

    assert redone_in_words(report) == (
        "Brought back: 1 row in t, 0 duplicates left out. 2 rows of later imports became duplicates. "
        "1 row of later imports came back. 2 columns came back: x, y. The table was made again."
    )
