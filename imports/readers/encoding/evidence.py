"""Which encoding bytes are likely to be in that are not UTF-8: the one in which they spell some language.

What tells in a short file are the letters of languages and where they are in words (docs/decisions.md).
Encodings that spell as much as each other are settled by their order here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache

#: What languages add to ASCII, the commonest letters first.
WESTERN = ("éèàêçâîôûëïùœüÿæ", "üäöß", "óíáéñúü¿¡ºª", "ãçáéíóêõâôàúº", "àèéùòìîó", "åäöøæéü", "íáðéóöþúýæ", "ëéïèöüáêô",
           "àçéèíòóïúü·")  # fmt: skip
CENTRAL = ("ęąłóżśćńź", "íáěéřščžýůúťďňó", "áíčšžéúýľťňďôäŕĺ", "áéöóőíüúű", "ăîâşţșț", "čšžćđ", "üäöß", "ëç")
TURKISH = ("ışüğçöİâîû",)
BALTIC = ("ėšąųįžęūč", "āīēšņūļķčžģ", "äõüöšž")
VIETNAMESE = ("đ\u0301\u0300ôư\u0323êàơáâ\u0309ăó\u0303éèìíòõùúýã",)
CYRILLIC = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", "оанитівеслркдумпзьбягчйхцжєїшюфщґ’", "аиоеснртјвукдпмлзгбчшцхжђљњфћџ",
            "аиоентсрвлкдпмзгубъячщхжцйшфюь", "анiоерстлкдвумпьяызгбчйхжшцюэфўёі")  # fmt: skip
GREEK = ("αοιετσνηυρπκμλςίόάέωδγθφχήύβώξζψϊϋΐΰ",)
HEBREW = ("יוהלאמשרבתנחעדקכפםטזגסצןץףך",)
ARABIC = ("اليمنورتبدهعسفكحقأجشصطةخىذضزإثغءآئظؤپچژگ",)
THAI = ("".join(map(chr, [*range(0x0E01, 0x0E3B), *range(0x0E40, 0x0E4F)])),)
RAREST = 0.3  # by how much less the rarest letter of a language tells for it than the commonest

#: Encodings of single bytes with the letters that languages written in them add to ASCII; the likelier first.
SINGLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1252", WESTERN), ("cp1250", CENTRAL), ("cp1251", CYRILLIC), ("cp1253", GREEK), ("cp1254", TURKISH),
    ("cp1255", HEBREW), ("cp1256", ARABIC), ("cp1257", BALTIC), ("iso8859-15", WESTERN), ("iso8859-2", CENTRAL),
    ("cp850", WESTERN), ("cp852", CENTRAL), ("koi8-r", CYRILLIC), ("cp866", CYRILLIC), ("mac-roman", WESTERN),
    ("iso8859-5", CYRILLIC), ("koi8-u", CYRILLIC), ("iso8859-7", GREEK), ("iso8859-9", TURKISH), ("iso8859-13", BALTIC),
    ("iso8859-6", ARABIC), ("cp874", THAI), ("cp1258", VIETNAMESE), ("iso8859-4", BALTIC), ("cp857", TURKISH),
    ("mac-cyrillic", CYRILLIC), ("cp437", WESTERN), ("iso8859-16", CENTRAL),
)  # fmt: skip
SIGNS = frozenset("€£§°©®«»„“”‚‘’–—…·•±²³µ½¼\xa0¡¿º™№")
INSIDE = frozenset("’·")  # signs that are within words

HALF_WIDTH_LEAD = 0x8E  # of half-width katakana in EUC-JP

#: Encodings of several bytes, and which lead bytes begin the characters that are common in them.
SEVERAL: tuple[tuple[str, Callable[[int], bool]], ...] = (
    ("cp932", lambda lead: lead in (0x81, 0x82, 0x83, 0x87) or 0x88 <= lead <= 0x98),
    ("euc_jp", lambda lead: lead in (HALF_WIDTH_LEAD, 0xA1, 0xA4, 0xA5) or 0xB0 <= lead <= 0xCF),
    ("cp949", lambda lead: lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xC8),
    ("gb18030", lambda lead: lead in (0xA1, 0xA3) or 0xB0 <= lead <= 0xD7),
    ("big5", lambda lead: lead in (0xA1, 0xA2) or 0xA4 <= lead <= 0xC6),
)
USUAL = 0.1  # what cp1252 is given before all others, divided by how many different signs tell
COMMON = 0.85  # share of the characters that must be common ones
RARE = 0.5  # what other characters count in Shift JIS, whose bytes are told apart by their order
HALF_WIDTH = range(0xA6, 0xE0)  # single bytes of Shift JIS: katakana
#: Kanji of headers, names and addresses, which tell EUC-JP from the Chinese encoding without kana.
KANJI = frozenset(
    "番号名前氏姓住所年月日付時間分金額円売上数量単価合計商品種別会社株式部課長員社店県都道府市区町村東京大阪北南西中央"
    "山田川本木村林森井藤野原口上下松竹梅石橋高小大佐鈴伊渡加吉佳子郎太一二三四五六七八九十男女美明和正人口電話郵便備考"
    "国地区分類内外新旧平成令和昭支払請求書類件顧客先元入出荷庫在注文受発送料税込抜率割引済未有無済可否学校生徒先生科目"
    "点評価平均最初終開始了期間限度状態登録更新者作成担当理由用途使用場所仙台札幌横浜神戸奈良福岡広島岡千葉埼玉愛知静"
)
KANJI_SHARE = 0.4


def likely_encoding(sample: bytes) -> str:
    """Return the name as Python spells it; cp1252 where nothing tells. sample: whole lines."""
    text = b"\n".join(line for line in sample.split(b"\n") if not line.isascii())
    shares = {name: _share_of_common(text, name, is_common) for name, is_common in SEVERAL}
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= COMMON:
        return best
    scores = {name: max(_spelled(text, name, letters) for letters in languages) for name, languages in SINGLE}
    scores["cp1252"] += USUAL / len({byte for byte in text if byte > 127})
    return max(scores, key=lambda name: scores[name])


def _share_of_common(data: bytes, name: str, is_common: Callable[[int], bool]) -> float:
    """Return 0 where the bytes are not in the encoding, or have no two of its characters, or only within words."""
    try:
        text = f" {data.decode(name)} "
    except UnicodeError:
        return 0.0
    positions = [i for i, char in enumerate(text) if char > "\x7f"]
    within = sum(_is_latin(text[i - 1] + text[i + 1]) for i in positions)
    chars = [text[i].encode(name) for i in positions]
    if len(chars) < 2 or within > 0.3 * len(chars) or (name == "euc_jp" and not _is_japanese(text, positions)):
        return 0.0
    common = sum(len(char) > 1 and is_common(char[0]) for char in chars)
    if name == "cp932" and common > 1:
        half_width = sum(len(char) == 1 and char[0] in HALF_WIDTH for char in chars)
        double = sum(len(char) > 1 for char in chars)
        if sum(char[0] == HALF_WIDTH_LEAD for char in chars) > double / 2:
            return 0.0  # EUC-JP
        return (common + half_width + RARE * (double - common)) / len(chars)
    return common / len(chars)


def _is_japanese(text: str, positions: list[int]) -> bool:
    """Return whether a text has kana, or kanji that are common in tables. positions: of what is not ASCII."""
    kana = sum("\u3040" <= text[i] < "\u3100" or "\uff66" <= text[i] <= "\uff9f" for i in positions)
    kanji = sum(text[i] in KANJI for i in positions)
    return kana >= 0.05 * len(positions) or kanji >= KANJI_SHARE * len(positions)


def _spelled(data: bytes, name: str, letters: str) -> float:
    """Return how well the bytes spell a language: the mean over what is not ASCII, at most 1."""
    text = f" {data.decode(name, 'replace')} "
    positions = [i for i, char in enumerate(text) if char > "\x7f"]
    worth = _worth_of(letters)
    return sum(_fits(text[i - 1], text[i], text[i + 1], worth) for i in positions) / max(1, len(positions))


@lru_cache(200)
def _worth_of(letters: str) -> dict[str, float]:
    """Return what each letter, small or capital, tells for the language."""
    worth = {letter: 1 - RAREST * rank / len(letters) for rank, letter in enumerate(letters)}
    return {**{letter.upper(): value for letter, value in worth.items() if len(letter.upper()) == 1}, **worth}


def _fits(before: str, char: str, after: str, worth: dict[str, float]) -> float:
    """Return a score from -3, no character of a text, to 1, a common letter of the language in a likely place."""
    if unicodedata.category(char) in ("Cc", "Cn", "Co", "So") and char not in SIGNS:
        return -3.0
    if char in SIGNS:
        within = before.isalpha() and after.isalpha() and char not in INSIDE
        return -1.0 if within else 0.4
    if char not in worth:
        return -1.0
    foreign = char > "\u024f" and _is_latin(before + after) and not unicodedata.combining(char)
    raised = char.isupper() and before.islower()
    alone = not before.isalpha() and not after.isalpha()
    return -1.0 if foreign or raised else 0.3 if alone else worth[char]


def _is_latin(text: str) -> bool:
    return any(char.isalpha() and char < "\u0250" for char in text)
