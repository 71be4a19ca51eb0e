"""The visible text, links and tables of a page."""

import re
from html import unescape


def words(response):
    """Return the text of a page with single spaces."""
    html = response.content.decode()
    html = re.sub(r"<(script|style|title)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def links(response):
    return [unescape(address) for address in re.findall(r'href="([^"]*)"', response.content.decode())]


def table_rows(response):
    """Return the cells of each row of all table bodies."""
    bodies = "".join(re.findall(r"<tbody>(.*?)</tbody>", response.content.decode(), flags=re.S))
    rows = re.findall(r"<tr\b[^>]*>(.*?)</tr>", bodies, flags=re.S)
    cells = [re.findall(r"<t[dh]\b[^>]*>(.*?)</t[dh]>", row, flags=re.S) for row in rows]
    return [[" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in row] for row in cells]
