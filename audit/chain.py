"""The verification of the audit log: every hash is calculated here again, not by the database's functions."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import F, Func, Max, QuerySet, TextField
from django.db.models.functions import Cast

from audit import messages
from audit.models import AuditDetail, AuditEntry
from core.messages import Message
from core.streamed_rows import streamed

GENESIS = "0" * 64  # the previous hash of the first entry
DETAILS_DELETED = "audit.detail_forgotten"  # its subject is the last entry whose details were deleted
WRITTEN_ANCHOR = re.compile("([0-9]{1,19}):([0-9A-Fa-f]{64})")


class Break(models.TextChoices):
    """The kinds of a broken link."""

    CHANGED = "changed"  #: a field of the entry
    MOVED = "moved"  #: the entry is in another's place
    REPLACED = "replaced"  #: the entry or the next one is valid in itself but not the original one
    MISSING = "missing"  #: the entry was deleted
    DETAIL_CHANGED = "detail_changed"  #: the detail is not the one whose digest the entry holds
    DETAIL_MISSING = "detail_missing"  #: the detail was deleted, but not by retention
    CUT = "cut"  #: the end of the log was deleted
    REWRITTEN = "rewritten"  #: valid in itself, but a checkpoint names another entry


@dataclass(frozen=True)
class BrokenLink:
    """The first broken link."""

    entry_id: int  # where to look
    what: Break
    message: Message


@dataclass(frozen=True)
class Verdict:
    """The result of checking the log."""

    entries: int  # verified, from the first
    details_forgotten: int  # verified entries whose details retention deleted
    head: Anchor  # the last verified entry
    broken: BrokenLink | None

    @property
    def intact(self) -> bool:
        return self.broken is None

    def in_words(self) -> str:
        verified = messages.RIGHT_BEFORE_BREAK if self.broken else messages.RIGHT_TO_THE_END
        sentences = [verified(entries=self.entries)]
        if self.details_forgotten:
            sentences.append(messages.DETAILS_FORGOTTEN(entries=self.details_forgotten))
        return " ".join(map(str, sentences))


class Anchor(NamedTuple):
    """A checkpoint: the number and hash of an entry, stored outside the log, as `57:3b9c…`."""

    entry_id: int  # 0: before the first entry
    entry_hash: str

    def __str__(self) -> str:
        return f"{self.entry_id}:{self.entry_hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read a checkpoint. Raises ValueError."""
        match = WRITTEN_ANCHOR.fullmatch(text.strip())
        if match is None:
            raise ValueError("A checkpoint is the number of an entry, a colon and 64 hexadecimal digits.")
        return cls(int(match[1]), match[2].lower())


class Link(NamedTuple):
    """An entry as text of the database, so that any stored value can be read and checked."""

    id: int
    happened_at: str | None  # UTC, to the microsecond; None: infinite
    actor: str
    address: str | None
    action: str
    subject: str
    detail_digest: str
    previous_hash: str
    entry_hash: str
    detail: str | None = None  # JSON; None: deleted

    def hash(self) -> str:
        """Return the hash that this entry must have: that of a JSON list of its fields."""
        return sha256(json.dumps(self[:8], ensure_ascii=False))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def head() -> Anchor:
    """Return the newest entry; stored elsewhere, it shows later whether the end of the log was deleted."""
    last = AuditEntry.objects.values_list("id", "entry_hash").first()
    return Anchor(*last) if last else Anchor(0, GENESIS)


def verify(anchors: Iterable[Anchor] = ()) -> Verdict:
    """Check every entry from the first to the last, or to the first broken one.

    Others may write and delete details meanwhile: the last detail is read before the entries, how far retention
    deleted details after them.
    """
    last_detail = AuditDetail.objects.aggregate(last=Max("entry_id"))["last"] or 0
    with transaction.atomic(), _links() as links:  # a transaction, so that the server's cursor streams
        verdict = _checked(links, set(anchors), cache(_deleted_up_to))
    if verdict.intact and last_detail > (last := verdict.head.entry_id):
        message = messages.CUT_BEFORE_DETAIL(last=last, entry=last_detail)
        return replace(verdict, broken=BrokenLink(last + 1, Break.CUT, message))
    return verdict


def _checked(links: Iterable[Link], anchors: set[Anchor], deleted_up_to: Callable[[], int]) -> Verdict:
    known = {anchor.entry_id for anchor in anchors}
    entries = without_details = 0
    before = Anchor(0, GENESIS)
    for link in links:
        if broken := _broken_link(link, before, deleted_up_to):
            return Verdict(entries, without_details, before, broken)
        here = Anchor(link.id, link.entry_hash)
        if link.id in known and any(anchor.entry_id == link.id and anchor != here for anchor in anchors):
            return Verdict(entries, without_details, before, _rewritten(link.id))
        before = here
        anchors.discard(here)
        entries += 1
        without_details += link.detail is None
    return Verdict(entries, without_details, before, _end(anchors - {Anchor(0, GENESIS)}, before.entry_id))


def _broken_link(link: Link, before: Anchor, deleted_up_to: Callable[[], int]) -> BrokenLink | None:
    if link.hash() != link.entry_hash:
        return _changed_or_moved(link)
    if link.id != before.entry_id + 1:
        return _missing(before.entry_id + 1, link.id - 1)
    if link.previous_hash != before.entry_hash:
        message = messages.ENTRY_REPLACED(entry=before.entry_id, next=link.id)
        return BrokenLink(before.entry_id, Break.REPLACED, message)
    if link.detail is None and link.id > deleted_up_to():
        return BrokenLink(link.id, Break.DETAIL_MISSING, messages.DETAIL_DELETED(entry=link.id))
    if link.detail is not None and sha256(link.detail) != link.detail_digest:
        return BrokenLink(link.id, Break.DETAIL_CHANGED, messages.DETAIL_CHANGED(entry=link.id))
    return None


def _changed_or_moved(link: Link) -> BrokenLink:
    with streamed(AuditEntry.objects.values_list("id", "previous_hash", "entry_hash")) as others:
        for number, previous_hash, entry_hash in others:
            if number == link.id:
                continue
            moved = link._replace(id=number)
            if moved.hash() == link.entry_hash or moved._replace(previous_hash=previous_hash).hash() == entry_hash:
                message = messages.ENTRY_MOVED(entry=link.id, other=number)
                return BrokenLink(link.id, Break.MOVED, message)
    return BrokenLink(link.id, Break.CHANGED, messages.ENTRY_CHANGED(entry=link.id))


def _missing(first: int, last: int) -> BrokenLink:
    if first == last:
        return BrokenLink(first, Break.MISSING, messages.ENTRY_MISSING(entry=first))
    return BrokenLink(first, Break.MISSING, messages.ENTRIES_MISSING(first=first, last=last))


def _rewritten(entry_id: int) -> BrokenLink:
    return BrokenLink(entry_id, Break.REWRITTEN, messages.LOG_REWRITTEN(entry=entry_id))


def _end(anchors: set[Anchor], last: int) -> BrokenLink | None:
    """Return the break at the end; anchors: checkpoints whose entries are not in the log."""
    if anchors and (known := min(anchors).entry_id) <= last:
        return _rewritten(known)
    if anchors:
        return BrokenLink(last + 1, Break.CUT, messages.CUT_BEFORE_ANCHOR(last=last, entry=known))
    return None


@contextmanager
def _links() -> Iterator[Iterator[Link]]:
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
    with streamed(values) as rows:
        yield map(Link._make, rows)


def _deleted_up_to() -> int:
    """Return up to which entry retention deleted details; the entries that record it are links themselves."""
    subjects = AuditEntry.objects.filter(action=DETAILS_DELETED).values_list("subject", flat=True)
    return max((int(subject) for subject in subjects if subject.isascii() and subject.isdigit()), default=0)
