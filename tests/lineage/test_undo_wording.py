"""Messages of undo and redo: codes with parameters, and their English for one and for many."""

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
    returning=(), rows_becoming_duplicates=0, becoming_duplicates=(), rows_reverted=0, reverted=(), columns_dropped=(),
    table_dropped=False,
    rows_changed_by_hand=0, changed_rows=(), rows_deleted_by_hand=0, blocked_by=(),
)  # fmt: skip
OUTLOOK = RedoPreview(
    table_name="t", records=3, rows_inserted=2, rows_updated=0, duplicates_found=1, rows_kept=0, later_imports=0,
    later_rows_changed=0,
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
        "1,200 rows will be removed from t.",
        "1 row from other imports that repeated or updated a removed row will be restored. (1 row of b.csv)",
        "The table will contain 1 row from 2 other imports.",
        "2 columns added by this import will be deleted: x, y.",
        "2 rows that would be removed or changed were changed manually. (row 4, row 5)",
        "3 rows of this import were already deleted manually.",
        "The import stays in the history as undone. You can import the file again.",
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


def test_the_effect_in_one_sentence_with_what_prevents_it():
    blocked = replace(PREVIEW, blocked_by=(messages.USED_BY(user="view seen"),))

    assert outcome_in_words(blocked) == (
        "1,200 rows will be removed. The table will contain 1 row. The view seen depends on this table or one of"
        " its columns. Remove that dependency first."
    )
    assert (
        outcome_in_words(replace(PREVIEW, rows_going=1, table_dropped=True))
        == "1 row will be removed and the table deleted."
    )


def test_what_an_undo_did():
    report = UndoReport(
        import_id="7", table_name="t", rows_removed=2, rows_returned=1, rows_become_duplicates=3, rows_reverted=0,
        rows_kept=4,
        columns_dropped=("x",), table_dropped=True,
    )  # fmt: skip

    assert undone_in_words(report) == (
        "Undone: 2 rows removed from t. 1 row from other imports restored. 3 rows from other imports are now"
        " duplicates. "
        "4 manually changed rows kept. 1 column deleted: x. Table deleted."
    )


def test_what_a_redo_will_do():
    outlook = replace(OUTLOOK, rows_kept=1, later_imports=1, later_rows_changed=1, columns_added=("x",))

    assert [str(one) for one in redo_in_words(outlook)] == [
        "3 rows will be imported again from the original file with the same settings.",
        "The import returns to its original position before 1 later import. Rows that were imported later but are also"
        " in this file"
        " become duplicates again.",
        "Expected: 2 rows and 1 duplicate, as before the undo. The numbers may differ if earlier imports were undone or"
        " redone since.",
        "1 column will be added again: x.",
        "1 manually changed row of this import that the undo kept will stay unchanged.",
        "1 row of later imports was changed manually. Restored rows may duplicate some of them.",
        "Manual changes to removed rows will not be restored.",
    ]
    assert [one.message.code for one in redo_in_words(replace(OUTLOOK, table_made=True))] == [
        "file_will_be_read", "no_later_import", "numbers_before_undo", "table_will_be_made", "changes_stay_lost",
    ]  # fmt: skip


def test_what_a_redo_did():
    report = RedoReport(
        import_id="7", table_name="t", rows_inserted=1, rows_updated=0, duplicates_found=0, rows_returned=1,
        rows_become_duplicates=2,
        table_made=True, columns_added=("x", "y"),
    )  # fmt: skip

    assert redone_in_words(report) == (
        "Redone: 1 row restored in t, 0 duplicates skipped. 2 rows from later imports are now duplicates. "
        "1 row from later imports restored. 2 columns added again: x, y. Table created again."
    )


def test_an_undo_that_only_changes_values_back():
    preview = replace(PREVIEW, rows_going=0, rows_reverted=2, reverted=(OtherImport("8", "b.csv", 2),))

    assert [str(one) for one in undo_in_words(preview)][:2] == [
        "2 rows of other imports get back the values that they have without this import. (2 rows of b.csv)",
        "The table will still contain 1 row from 2 other imports.",
    ]
    assert "1 row of other imports gets back the values that it has without this import." in outcome_in_words(
        replace(PREVIEW, rows_reverted=1)
    )


def test_a_redo_of_updates():
    assert "Expected: 2 new rows, 5 updated rows and 1 duplicate, as before the undo." in " ".join(
        map(str, redo_in_words(replace(OUTLOOK, rows_updated=5)))
    )
