"""Names of encodings for people. Each can be typed as `encoding` too: Python knows it."""

from __future__ import annotations

#: By the name that Python gives an encoding.
LABELS = {
    "ascii": "ASCII",
    **{name: name.upper() for name in ("utf-7", "utf-8", "utf-16", "utf-32")},
    **{f"utf-{bits}-{order}": f"UTF-{bits} {order.upper()}" for bits in (16, 32) for order in ("le", "be")},
    "utf-8-sig": "UTF-8",
    **{f"cp{number}": f"Windows-{number}" for number in range(1250, 1259)},
    **{f"cp{number}": f"CP{number}" for number in (437, 850, 852, 857, 858, 866, 874, 932, 949, 950)},
    **{f"iso8859-{part}": f"ISO-8859-{part}" for part in range(1, 17) if part != 12},
    "mac-roman": "Mac Roman",
    "mac-cyrillic": "Mac Cyrillic",
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "shift_jis": "Shift JIS",
    "euc_jp": "EUC-JP",
    "euc_kr": "EUC-KR",
    "iso2022_jp": "ISO-2022-JP",
    "iso2022_kr": "ISO-2022-KR",
    "gb2312": "GB2312",
    "gbk": "GBK",
    "gb18030": "GB18030",
    "big5": "Big5",
    "hz": "HZ",
    "tis-620": "TIS-620",
}


def encoding_label(name: str) -> str:
    """Return the name of an encoding for people; a name that is not listed as it is."""
    return LABELS.get(name, name)
