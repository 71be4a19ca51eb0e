"""Whether the log is what it was: every hash made once more here, not by the database's functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import F, Func, Max, QuerySet, TextField
from django.db.models.functions import Cast

from audit import messages
from audit.models import AuditDetail, AuditEntry
from core.messages import Message

GENESIS = "0" * 64  # what the first entry has for the hash of the entry before
FORGOTTEN = "audit.detail_forgotten"  # its subject is the last entry that lost its detail
WRITTEN_ANCHOR = re.compile("([0-9]{1,19}):([0-9A-Fa-f]{64})")
FETCHED = 5_000  # entries from the server at a time


class Break(models.TextChoices):
    """What is wrong at a broken link."""

    CHANGED = "changed"  #: a field of the entry
    MOVED = "moved"  #: the entry stands in another's place
    REPLACED = "replaced"  #: the entry, or the next, is whole in itself but not the one that was there
    MISSING = "missing"  #: the entry was deleted
    DETAIL_CHANGED = "detail_changed"  #: the detail is not the one whose digest the entry holds
    DETAIL_MISSING = "detail_missing"  #: the detail is gone, and not by retention
    CUT = "cut"  #: the end of the log was deleted
    REWRITTEN = "rewritten"  #: whole in itself, but an anchor knows another log


@dataclass(frozen=True)
class BrokenLink:
    """The first broken link."""

    entry_id: int  # where to look
    what: Break
    message: Message


@dataclass(frozen=True)
class Verdict:
    """What came of checking the log."""

    entries: int  # that are right, from the beginning
    details_forgotten: int  # of these, by retention
    head: Anchor  # the last that is right
    broken: BrokenLink | None

    @property
    def intact(self) -> bool:
        return self.broken is None

    def in_words(self) -> str:
        right = messages.RIGHT_BEFORE_BREAK if self.broken else messages.RIGHT_TO_THE_END
        said = [right(entries=self.entries)]
        if self.details_forgotten:
            said.append(messages.DETAILS_FORGOTTEN(entries=self.details_forgotten))
        return " ".join(map(str, said))


class Anchor(NamedTuple):
    """An entry that was there once, as somebody wrote it down elsewhere: `57:3b9c…`."""

    entry_id: int  # 0: before the first entry
    entry_hash: str

    def __str__(self) -> str:
        return f"{self.entry_id}:{self.entry_hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Raises ValueError."""
        found = WRITTEN_ANCHOR.fullmatch(text.strip())
        if found is None:
            raise ValueError("An anchor is the number of an entry, a colon, and 64 hexadecimal digits.")
        return cls(int(found[1]), found[2].lower())


class Link(NamedTuple):
    """An entry as the database writes it: nothing in it can be so odd that it cannot be read and found wrong."""

    id: int
    happened_at: str | None  # UTC, to the microsecond; None: infinite
    actor: str
    address: str | None
    action: str
    subject: str
    detail_digest: str
    previous_hash: str
    entry_hash: str
    detail: str | None = None  # JSON; None: not there

    def hash(self) -> str:
        """The hash that this entry must have: that of a JSON list of its fields."""
        return sha256(json.dumps(self[:8], ensure_ascii=False))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def head() -> Anchor:
    """The newest entry, to be kept elsewhere: only that shows when the end of the log was cut off."""
    last = AuditEntry.objects.values_list("id", "entry_hash").first()
    return Anchor(*last) if last else Anchor(0, GENESIS)


def verify(anchors: Iterable[Anchor] = ()) -> Verdict:
    """Checks every entry from the first to the last, or to the first that is not right.

    Others may write and forget meanwhile: where the details end is looked up before the entries are read, how far
    retention forgot not before they are.
    """
    last_detail = AuditDetail.objects.aggregate(last=Max("entry_id"))["last"] or 0
    with transaction.atomic():  # so that the server's cursor streams
        verdict = _checked(_links(), set(anchors), cache(_forgotten_to))
    if verdict.intact and last_detail > (last := verdict.head.entry_id):
        said = messages.CUT_BEFORE_DETAIL(last=last, entry=last_detail)
        return replace(verdict, broken=BrokenLink(last + 1, Break.CUT, said))
    return verdict


def _checked(links: Iterable[Link], anchors: set[Anchor], forgotten_to: Callable[[], int]) -> Verdict:
    known = {anchor.entry_id for anchor in anchors}
    entries = forgotten = 0
    before = Anchor(0, GENESIS)
    for link in links:
        if broken := _wrong_with(link, before, forgotten_to):
            return Verdict(entries, forgotten, before, broken)
        here = Anchor(link.id, link.entry_hash)
        if link.id in known and any(anchor.entry_id == link.id and anchor != here for anchor in anchors):
            return Verdict(entries, forgotten, before, _rewritten(link.id))
        before = here
        anchors.discard(here)
        entries += 1
        forgotten += link.detail is None
    return Verdict(entries, forgotten, before, _end(anchors - {Anchor(0, GENESIS)}, before.entry_id))


def _wrong_with(link: Link, before: Anchor, forgotten_to: Callable[[], int]) -> BrokenLink | None:
    if link.hash() != link.entry_hash:
        return _changed_or_moved(link)
    if link.id != before.entry_id + 1:
        return _missing(before.entry_id + 1, link.id - 1)
    if link.previous_hash != before.entry_hash:
        said = messages.ENTRY_REPLACED(entry=before.entry_id, next=link.id)
        return BrokenLink(before.entry_id, Break.REPLACED, said)
    if link.detail is None and link.id > forgotten_to():
        return BrokenLink(link.id, Break.DETAIL_MISSING, messages.DETAIL_DELETED(entry=link.id))
    if link.detail is not None and sha256(link.detail) != link.detail_digest:
        return BrokenLink(link.id, Break.DETAIL_CHANGED, messages.DETAIL_CHANGED(entry=link.id))
    return None


def _changed_or_moved(link: Link) -> BrokenLink:
    others = AuditEntry.objects.values_list("id", "previous_hash", "entry_hash")
    for number, previous_hash, entry_hash in others.iterator(chunk_size=FETCHED):
        if number == link.id:
            continue
        elsewhere = link._replace(id=number)
        if elsewhere.hash() == link.entry_hash or elsewhere._replace(previous_hash=previous_hash).hash() == entry_hash:
            said = messages.ENTRY_MOVED(entry=link.id, other=number)
            return BrokenLink(link.id, Break.MOVED, said)
    return BrokenLink(link.id, Break.CHANGED, messages.ENTRY_CHANGED(entry=link.id))


def _missing(first: int, last: int) -> BrokenLink:
    said = messages.ENTRY_MISSING(entry=first) if first == last else messages.ENTRIES_MISSING(first=first, last=last)
    return BrokenLink(first, Break.MISSING, said)


def _rewritten(entry_id: int) -> BrokenLink:
    return BrokenLink(entry_id, Break.REWRITTEN, messages.LOG_REWRITTEN(entry=entry_id))


def _end(anchors: set[Anchor], last: int) -> BrokenLink | None:
    """anchors: those whose entries are not in the log."""
    if anchors and (known := min(anchors).entry_id) <= last:
        return _rewritten(known)
    if anchors:
        return BrokenLink(last + 1, Break.CUT, messages.CUT_BEFORE_ANCHOR(last=last, entry=known))
    return None


def _links() -> Iterator[Link]:
    moment = Func(
        F("happened_at"),
        template="""to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
        output_field=TextField(),
    )
    entries: QuerySet[AuditEntry] = AuditEntry.objects.order_by("id")
    values = entries.values_list(
        "id", moment, "actor", Cast("address", TextField()), "action", "subject", "detail_digest", "previous_hash",
        "entry_hash", Cast("kept_detail__detail", TextField()),
    )  # fmt: skip
    return map(Link._make, values.iterator(chunk_size=FETCHED))


def _forgotten_to() -> int:
    """Up to which entry retention says that it forgot details. Each of these sayings is a link itself."""
    said = AuditEntry.objects.filter(action=FORGOTTEN).values_list("subject", flat=True)
    return max((int(subject) for subject in said if subject.isascii() and subject.isdigit()), default=0)
