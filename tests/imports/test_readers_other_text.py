"""Texts that are no table are refused with what they are; a table may look a little like one."""

import pytest

from imports.errors import UnreadableFile
from tests.imports.reading import read_path

NO_TABLES = {
    "an insert": ("INSERT INTO t (id,name) VALUES (1,'a'),(2,'b');\n", "sql"),
    "inserts": ("insert into t values (1,'a');\ninsert into t values (2,'b');\n", "sql"),
    "a table and its rows": ("CREATE TABLE t (\n  id INT,\n  name TEXT\n);\nINSERT INTO t VALUES (1,'a');\n", "sql"),
    "a dump of PostgreSQL": ("--\n-- PostgreSQL database dump\n--\n\nSET statement_timeout = 0;\n", "sql_dump"),
    "a dump of MySQL": ("-- MySQL dump 10.13  Distrib 8.0\n--\n/*!40101 SET NAMES utf8 */;\n", "sql_dump"),
    "a dump of SQLite": ("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a,b);\n", "sql"),
    "a script with comments": ("-- load\n/* the\nrows */\n\nCOPY t (a, b) FROM stdin;\n1\t2\n\\.\n", "sql"),
    "a query": ("SELECT a, b\nFROM t\nWHERE a > 1;\n", "sql"),
    "an update": ("UPDATE t SET a = 1 WHERE b = 2;\n", "sql"),
    "a shell script": ("#!/bin/sh\necho a,b\n", "script"),
    "Python": ("import os\nfrom sys import argv\n\n\ndef main():\n    print(1, 2)\n", "source_code"),
    "PHP": ("<?php\necho 'a,b';\n", "source_code"),
    "C": ("/* a */\n#include <stdio.h>\nint main() { return f(1, 2); }\n", "source_code"),
    "a variable": ('var data = [{"a":1},{"a":2}];\n', "source_code"),
    "a module": ("export default {a: 1, b: 2}\n", "source_code"),
    "a call with JSON": ('cb([{"a":1},{"a":2}]);\n', "source_code"),
    "a guarded answer": (')]}\',\n[{"a":1},{"a":2}]\n', "source_code"),
    "a message": ("Received: from a\n by b\nFrom: Ann <ann@example.com>\nTo: Bob\nSubject: x\n\na,b\n1,2\n", "mail"),
    "a contact": ("BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEND:VCARD\n", "contacts"),
    "a calendar": ("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n", "calendar"),
    "a patch": ("diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n", "patch"),
    "a certificate": ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", "key"),
}


@pytest.mark.parametrize("name", NO_TABLES)
@pytest.mark.parametrize("extension", ["csv", "txt", "json"])
def test_a_text_that_is_no_table_is_refused_with_what_it_is(tmp_path, name, extension):
    text, kind = NO_TABLES[name]
    path = tmp_path / f"t.{extension}"
    path.write_text(text)
    with pytest.raises(UnreadableFile) as refusal:
        read_path(path)

    assert (refusal.value.message.code, refusal.value.message.params) == ("not_a_table", {"kind": kind})


TABLES = {
    "statements as values": "query,ms\nSELECT * FROM t;,12\nINSERT INTO t VALUES (1);,3\n",
    "quoted statements without a header": '"INSERT INTO t VALUES (1)",3\n"SELECT 1",4\n',
    "a use case": "Use case;Title\n1;a\n2;b\n",
    "a begin and an end": "Begin;End\n2024-01-05;2024-01-06\n",
    "questions of a survey": "Select all that apply,From when\na;b,2024\nc,2025\n",
    "a set of": "Set;on;off\n1;2;3\n",
    "an update": "Update status set by,n\nAnn,1\n",
    "a package": "package name;price\na;1\nb;2\n",
    "an import": "import,export\n1,2\n",
    "a created column": "create type of row,n\na,1\n",
    "comments above": "-- list of January\n# as agreed\nid,n\n1,2\n3,4\n",
    "names and values above": "From: 2024-01-01\nTo: 2024-01-31\nSubject: sales\n\nday,n\n2024-01-05,1\n2024-01-06,2\n",
    "a list in Markdown": "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "a variable and its value": "var = x,let = y\n1,2\n",
    "functions as names": "f(x),cb([1])\n1,2\n",
    "parentheses": ")],b\n1,2\n",
    "constants": "const,var\n1,2\n",
    "a log": "2024-01-05 10:00:00,INFO,start\n2024-01-05 10:00:01,WARN,stop\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_though_it_looks_like_another_text(tmp_path, name):
    path = tmp_path / "t.csv"
    path.write_text(TABLES[name])

    assert read_path(path).rows
