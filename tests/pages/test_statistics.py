"""Statistics."""

from tests.pages.reading import table_rows, words


def test_statistics_have_the_numbers_of_the_specification(imogen, people_table, ragged, failed):
    answer = imogen.get("/ui/statistics")
    assert "The last 30 days." in words(answer)
    tiles = dict(answer.context["tiles"])
    del tiles["Average duration"]
    assert tiles == {
        "Imports": "4",
        "Successful": "3",
        "Failed": "1",
        "Rows inserted": "8",
        "Duplicates left out": "1",
        "Tables": "2",
        "People": "1",
    }


def test_statistics_of_one_table(imogen, people_table, ragged):
    answer = imogen.get("/ui/statistics?days=7&table_name=ragged")
    assert ("Rows inserted", "3") in answer.context["tiles"]
    assert table_rows(answer)[0][1:] == ["1", "1", "0", "3"]


def test_statistics_of_nothing(imogen):
    answer = imogen.get("/ui/statistics?days=nonsense")
    assert "Nothing came in" in words(answer)
    assert ("Average duration", "0 ms") in answer.context["tiles"]
