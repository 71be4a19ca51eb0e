"""Numbers of an .xls file with their formats, of the records that have them: [MS-XLS]."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from imports.readers.excel.number_formats import BUILT_IN, digits_format, kind_of_format

DATE_MODE, FORMAT, XF = 0x22, 0x041E, 0xE0
NUMBER, RK, MANY_RK, FORMULA = 0x0203, 0x027E, 0xBD, 0x0006
NO_NUMBER = b"\xff\xff"  # at the end of a formula's result that is none


class NumberFormats:
    """Of a workbook, collected from the records before its sheets."""

    def __init__(self) -> None:
        self.is_1904 = False
        self._codes: dict[int, str] = dict(BUILT_IN)  # by number of the format
        self._styles: list[int] = []  # number of the format, by number of the style

    def take(self, kind: int, data: bytes) -> None:
        if kind == DATE_MODE:
            self.is_1904 = data[:2] == b"\1\0"
        elif kind == FORMAT:
            number, length, wide = struct.unpack_from("<HHB", data)
            text = data[5 : 5 + length * (2 if wide & 1 else 1)]
            self._codes[number] = text.decode("utf-16-le" if wide & 1 else "latin-1", "replace")
        elif kind == XF:
            self._styles.append(struct.unpack_from("<H", data, 2)[0])

    def numbers(self, kind: int, data: bytes) -> Iterator[tuple[int, int, str, float]]:
        """Yield row as Excel numbers it, column from 0, format and number of cells with dates, times or digits."""
        if kind not in (NUMBER, RK, MANY_RK, FORMULA):
            return
        row, first, style = struct.unpack_from("<HHH", data)
        if kind == MANY_RK:
            for i in range((len(data) - 6) // 6):
                style, packed = struct.unpack_from("<HI", data, 4 + 6 * i)
                if code := self._code(style):
                    yield row + 1, first + i, code, _unpacked(packed)
        elif (code := self._code(style)) and not (kind == FORMULA and data[12:14] == NO_NUMBER):
            number = _unpacked(struct.unpack_from("<I", data, 6)[0]) if kind == RK else _double(data)
            yield row + 1, first, code, number

    def _code(self, style: int) -> str | None:
        """Return the format of a style, where it is of dates, times or digits."""
        code = self._codes.get(self._styles[style], "") if style < len(self._styles) else ""
        return code if kind_of_format(code) or digits_format(code) else None


def _double(data: bytes) -> float:
    return float(struct.unpack_from("<d", data, 6)[0])


def _unpacked(packed: int) -> float:
    """Return an RkNumber: 30 bits of a double, or of an integer, maybe a hundredth."""
    if packed & 2:
        number = float((packed ^ 0x80000000) - 0x80000000 >> 2)
    else:
        number = float(struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return number / 100 if packed & 1 else number
