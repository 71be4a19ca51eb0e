"""Currencies as they are written beside amounts: which currency a sign, a code or an abbreviation means."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

#: ISO 4217, without codes that are words or units in many files: ALL, CUP, KGS, TOP.
_ISO_CODES = (
    "AED AFN AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF "
    "IDR ILS INR IQD IRR ISK JMD JOD JPY KES KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
    "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF "
    "SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TRY TTD TWD TZS UAH UGX USD UYU UZS "
    "VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
CODES = frozenset(_ISO_CODES.split())
#: Other notations. `$`, `¥` and `kr` are currencies of several countries.
NOTATIONS = {
    "$": "$", "＄": "$", "US$": "USD", "U$S": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD",
    "NZ$": "NZD", "HK$": "HKD", "S$": "SGD", "NT$": "TWD", "MX$": "MXN", "R$": "BRL",
    "¥": "¥", "￥": "¥", "円": "JPY", "元": "CNY", "RMB": "CNY", "CN¥": "CNY", "JP¥": "JPY",
    "kr": "kr", "Kr": "kr", "KR": "kr",
    "€": "EUR", "£": "GBP", "￡": "GBP", "₹": "INR", "Rs": "INR", "₨": "INR", "₽": "RUB", "руб": "RUB", "р": "RUB",
    "₴": "UAH", "грн": "UAH", "₺": "TRY", "TL": "TRY", "₪": "ILS", "₩": "KRW", "￦": "KRW", "원": "KRW", "₫": "VND",
    "đ": "VND", "฿": "THB", "₱": "PHP", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₵": "GHS", "₸": "KZT", "₼": "AZN",
    "₾": "GEL", "₭": "LAK", "₮": "MNT", "৳": "BDT", "֏": "AMD", "₿": "BTC", "zł": "PLN", "Kč": "CZK", "Ft": "HUF",
    "лв": "BGN", "lei": "RON", "Fr": "CHF", "SFr": "CHF", "Rp": "IDR", "RM": "MYR", "S/": "PEN", "B/": "PAB",
    "Bs": "BOB", "Euro": "EUR", "euro": "EUR", "Euros": "EUR", "euros": "EUR", "EURO": "EUR", "DM": "DEM",
}  # fmt: skip
#: Those that end in a sign, which no point follows as in `Rs.`
SIGNS = tuple(notation for notation in NOTATIONS if not notation[-1].isalpha() and notation[-1] != "/")
_DOLLARS = "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP BSD BBD BMD BND BZD FJD GYD JMD KYD LRD NAD SBD SRD TTD UYU XCD"
#: What a sign of several currencies may mean.
SHARED = {
    "$": frozenset(_DOLLARS.split()),
    "¥": frozenset(("JPY", "CNY")),
    "kr": frozenset(("SEK", "NOK", "DKK", "ISK")),
}  # fmt: skip
_LOWER_CODES = {code.lower(): code for code in ("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF")}


def currency_of(notation: str) -> str:
    """Return the currency that is written so; empty where it is none. One amount may have a sign and a code."""
    parts = parts_of(notation)
    return _currency(parts[-1]) if parts else ""


@lru_cache(maxsize=4096)
def parts_of(notation: str) -> tuple[str, ...]:
    """Return the sign or code that is written so, or both, the code last; nothing where it is no currency."""
    name = notation.strip(". ")
    if _currency(name):
        return (name,)
    for sign, code in ((name[:1], name[1:].strip(". ")), (name[-1:], name[:-1].strip(". "))):
        if _currency(code) in SHARED.get(sign, ()):
            return sign, code
    return ()


def _currency(name: str) -> str:
    return name if name in CODES else NOTATIONS.get(name) or _LOWER_CODES.get(name, "")


def distinct_currencies(currencies: Collection[str]) -> set[str]:
    """Return the currencies without a shared sign that one of the others is written with: `$` beside USD is USD."""
    named = set(currencies) - SHARED.keys()
    signs = {sign for sign in SHARED.keys() & set(currencies) if len(named & SHARED[sign]) != 1}
    return named | signs
