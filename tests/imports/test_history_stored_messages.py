"""Messages of records stored by versions without codes."""

from imports.history.stored_messages import failure_of, warnings_of
from imports.models import ImportHistory
from imports.pages.wording import failure_in_words, strategy_reason_in_words, warnings_in_words


def test_texts_without_codes_are_read():
    record = ImportHistory(warnings=["The file is {odd}."], error_message="It broke {here}.", metadata={})

    assert [(one.code, str(one)) for one in warnings_of(record)] == [("stored_text", "The file is {odd}.")]
    assert (failure_of(record).code, str(failure_of(record))) == ("stored_text", "It broke {here}.")
    assert (warnings_in_words(record), failure_in_words(record)) == (["The file is {odd}."], "It broke {here}.")


def test_codes_of_another_version_leave_the_text():
    details = {"reason": "unheard_of", "params": {}}
    record = ImportHistory(
        warnings=["Text."], warning_details=[{"code": "unheard_of", "params": {}}],
        error_message="Broken.", metadata={"error": {"details": details}},
    )  # fmt: skip

    assert (warnings_in_words(record), failure_in_words(record)) == (["Text."], "Broken.")


def test_messages_on_pages_use_the_labels_of_the_page():
    details = {"reason": "no_records", "params": {}}
    record = ImportHistory(error_message="Former English.", metadata={"error": {"details": details}})

    assert failure_of(record).code == "no_records"
    assert failure_in_words(record).startswith("The file has no rows with named values")


def test_without_a_stored_message_there_is_none():
    assert (failure_of(ImportHistory()), failure_in_words(ImportHistory()), warnings_of(ImportHistory())) == (
        None,
        "",
        [],
    )


def test_the_reason_of_a_strategy_is_read_by_code_and_else_as_text():
    former = {"strategy_reason": "There was none."}
    present = {"strategy_reason": "x", "strategy_reason_details": {"code": "new_columns", "params": {"columns": ["a"]}}}
    reasons = [strategy_reason_in_words(ImportHistory(mapping_config=config)) for config in (former, present, None)]

    assert reasons == ["There was none.", "New columns: a.", ""]
