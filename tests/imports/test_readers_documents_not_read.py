"""What of a document is next to its rows is counted as not read, by its path."""

import pytest

from tests.imports.reading import read_path

# name, document: paths that are not read
DOCUMENTS = {
    ("a.json", '{"status":"ok","meta":{"page":1,"of":2},"items":[{"k":1}],"errors":[{"e":1}],"tags":["a"]}'): [
        "/errors", "/status", "/meta", "/tags",
    ],
    ("a.json", '{"data":{"total":2,"items":[{"k":1},{"k":2}]},"took":5}'): ["/data/total", "/took"],
    ("a.json", '{"columns":["k"],"index":[0],"data":[[1]],"more":1}'): ["/more"],
    ("a.json", '{"at":1,"hourly":{"k":[0,1,2,3,4,5,6,7,8,9],"t":[0,1,2,3,4,5,6,7,8,9]}}'): ["/at"],
    ("a.json", '{"ann":{"age":3,"n":1},"bob":{"age":4,"n":1},"cid":{"age":4,"n":1}}'): [],
    ("a.json", '[{"k":1,"more":{"x":2}}]'): [],
    ("a.json", '{"k":1,"more":{"x":2},"tags":["a"]}'): [],
    ("a.ndjson", '{"k":1}\n{"k":2}\n'): [],
    ("a.xml", "<r><on>today</on><rows><o><k>1</k></o><o><k>2</k></o></rows><s>2</s></r>"): ["/r/on", "/r/s"],
    ("a.xml", '<r on="today"><rows n="2"><o><k>1</k></o><o><k>2</k></o></rows></r>'): ["/r/@", "/r/rows/@"],
    ("a.xml", '<r xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a b"><o>1</o><o>2</o></r>'): [],
    ("a.xml", "<r><o><k>1</k></o></r>"): [],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), DOCUMENTS)
def test_branches_next_to_the_rows_are_not_read(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)

    not_read = read_path(path).file_info.not_read

    paths = DOCUMENTS[name, text]
    assert [part.name for part in not_read.parts] == paths
    assert not_read.counts == ({"document_branch": len(paths)} if paths else {})
    assert not_read.lines == 0
