"""Failed sign-ins: who is locked out after how many, who is not, and how a lock is lifted."""

import threading
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client

from audit.limited_entries import record_rest
from audit.models import AuditEntry
from core.models import UsedLimit
from core.rate_limits import Key, Limit, delete_unused, network_of, use
from tests.pages.browsing import PASSWORD
from tests.pages.reading import words

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(autouse=True)
def limits(settings):
    settings.ATLAS_SIGN_IN_TRIES, settings.ATLAS_SIGN_IN_TRIES_ACCOUNT, settings.ATLAS_SIGN_IN_TRIES_ADDRESS = 3, 6, 8
    settings.ATLAS_WRONG_TOKENS = 2


def attempt(name="audrey", password="wrong", address="192.0.2.7", **more):
    return Client().post("/ui/sign-in", {"username": name, "password": password}, REMOTE_ADDR=address, **more)


def statuses(*attempts):
    return [attempt(*one).status_code for one in attempts]


def let_pass(**time):
    """Move everything that counts into the past."""
    UsedLimit.objects.update(unused_at=F("unused_at") - timedelta(**time))


def actions():
    entries = AuditEntry.objects.exclude(action__in=["user.added", "group.given"]).order_by("id")
    return [(one.action, one.subject, one.detail) for one in entries]


def test_a_right_password_is_refused_too_while_an_account_is_locked_for_an_address():
    assert statuses(*[("audrey", "wrong")] * 3) == [200, 200, 200]

    refused = attempt(password=PASSWORD)

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == pytest.approx(300, abs=5)
    assert "Too many failed sign-ins for this account from your address. Try again in 5 minutes" in words(refused)
    assert attempt("imogen", PASSWORD).status_code == 302
    assert attempt("audrey", PASSWORD, "192.0.2.8").status_code == 302
    let_pass(minutes=5, seconds=1)
    assert attempt("audrey", PASSWORD).status_code == 302
    assert statuses(*[("audrey", "wrong")] * 3) == [200, 200, 200]  # the success has reset it


def test_names_without_an_account_are_locked_alike():
    assert [attempt("no-such-user").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert [attempt("audrey").status_code for _ in range(4)] == [200, 200, 200, 429]


def test_an_account_is_locked_for_all_addresses_only_after_many_and_not_where_it_signed_in_before():
    assert attempt("audrey", PASSWORD, "192.0.2.100").status_code == 302
    guesses = [("audrey", "wrong", f"192.0.2.{number // 3}") for number in range(6)]
    assert statuses(*guesses) == [200] * 6

    assert attempt("audrey", PASSWORD, "192.0.2.99").status_code == 429
    assert attempt("audrey", PASSWORD, "192.0.2.100").status_code == 302


def test_an_address_is_locked_for_all_accounts_and_an_own_account_does_not_reset_it():
    for number in range(8):
        attempt(f"name {number}")
        if number == 6:
            assert attempt("norman", PASSWORD).status_code == 302
    assert attempt("audrey", PASSWORD).status_code == 429
    assert attempt("audrey", PASSWORD, "192.0.2.8").status_code == 302


def test_addresses_are_those_before_our_proxies_and_networks_of_ipv6(settings):
    settings.ATLAS_PROXIES, settings.ATLAS_SIGN_IN_TRIES_ACCOUNT = 1, 100
    for address, other in (("203.0.113.9", "203.0.113.10"), ("2001:db8:1:2::1", "2001:db8:1:3::1")):
        forwarded = [{"HTTP_X_FORWARDED_FOR": f"198.51.100.{number}, {address}"} for number in range(4)]
        assert [attempt(**one).status_code for one in forwarded] == [200, 200, 200, 429]
        assert attempt(password=PASSWORD, HTTP_X_FORWARDED_FOR=other).status_code == 302
    assert attempt(HTTP_X_FORWARDED_FOR="2001:db8:1:2:ffff::9").status_code == 429
    assert (network_of("::ffff:192.0.2.1"), network_of("192.0.2.1"), network_of("")) == ("192.0.2.1", "192.0.2.1", "")


def test_attempts_at_the_same_time_do_not_pass_the_limit_together(settings):
    settings.ATLAS_SIGN_IN_TRIES_ADDRESS = 0
    seen = []

    def guess():
        seen.append(attempt().status_code)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(seen) == [200] * 3 + [429] * 9


def test_the_admin_and_the_own_password_are_under_the_same_limit(signed_in):
    assert Client().get("/admin/login/")["Location"].startswith("/ui/sign-in")
    audrey = signed_in("audrey")
    form = {"old_password": "wrong", "new_password1": "another horse", "new_password2": "another horse"}
    answers = [audrey.post("/ui/password", form) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    refused = audrey.post("/ui/password", form | {"old_password": PASSWORD})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    assert "Too many failed sign-ins for this account from your address." in words(refused)
    assert Client().post("/ui/sign-in", {"username": "audrey", "password": PASSWORD}).status_code == 429


def test_wrong_tokens_are_limited_by_address_and_right_ones_are_not(people):
    from knox.models import AuthToken

    token = AuthToken.objects.create(people["audrey"])[1]

    def call(text, address="192.0.2.7"):
        return Client().get("/tables", REMOTE_ADDR=address, headers={"Authorization": f"Token {text}"})

    assert [call(text).status_code for text in ("x" * 64, "\xe9\xff")] == [401, 401]
    refused = call("0" * 64)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) == refused.json()["error"]["details"]["retry_after_seconds"]
    assert call(token).status_code == 200
    assert call("0" * 64, "192.0.2.8").status_code == 401


# --- the log, and the table of attempts ---


def test_failed_sign_ins_are_recorded_once_a_minute_for_each_account_and_address():
    for name in ("audrey", "audrey", "x", "y", "z", "imogen"):
        attempt(name)
    assert [entry[:2] for entry in actions()] == [
        ("sign_in.failed", "audrey"), ("sign_in.failed", "x"), ("sign_in.failed", "imogen"),
    ]  # fmt: skip
    let_pass(minutes=1)
    attempt("x")
    assert actions()[3:] == [
        ("sign_in.failed", "audrey", {"not_recorded": 1}), ("sign_in.failed", "unknown clients", {"not_recorded": 2}),
        ("sign_in.failed", "x", {}),
    ]  # fmt: skip


def test_unknown_clients_cannot_flood_the_log(settings):
    settings.ATLAS_AUDIT_UNKNOWN_PER_MINUTE = 4
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 300
    for number in range(16):
        attempt(address=f"192.0.2.{number % 8}")
        address = f"198.51.100.{number}"
        Client().post("/map-data", b"x" * 400, content_type="application/json", REMOTE_ADDR=address)
        Client().get("/tables", headers={"Authorization": "Token wrong"}, REMOTE_ADDR=address)
        Client(enforce_csrf_checks=True).post("/ui/sign-in", {"username": "a", "password": "b"}, REMOTE_ADDR=address)
        Client(enforce_csrf_checks=True).post("/ui/upload", {"a": "b"}, REMOTE_ADDR=address)

    assert len(actions()) == 4
    let_pass(minutes=1)
    record_rest()
    assert AuditEntry.objects.filter(action="audit.limited").get().detail["not_recorded"] > 20
    assert len(actions()) <= 4 * 2 + 1


def test_the_table_of_attempts_does_not_grow():
    for number in range(8):
        attempt(f"name {number}", address=f"192.0.2.{number}")
    assert UsedLimit.objects.count() > 20
    let_pass(hours=1)
    attempt()
    assert set(UsedLimit.objects.values_list("account", flat=True)) <= {"audrey", ""}
    let_pass(hours=1)
    record_rest()
    delete_unused()
    assert not UsedLimit.objects.exists()


def test_a_limit_of_0_is_no_limit(settings):
    settings.ATLAS_SIGN_IN_TRIES = settings.ATLAS_SIGN_IN_TRIES_ACCOUNT = settings.ATLAS_SIGN_IN_TRIES_ADDRESS = 0
    assert {attempt().status_code for _ in range(12)} == {200}


def test_a_limit_grants_its_number_at_once_and_then_one_for_each_share_of_the_period():
    key = Key(Limit("a", 4, 100), "ada")
    assert [use(key).is_granted for _ in range(5)] == [True] * 4 + [False]
    assert use(key).wait_seconds in (25, 24)
    let_pass(seconds=51)
    assert [use(key).is_granted for _ in range(3)] == [True, True, False]


# --- lifting a lock ---


def test_an_administrator_lifts_a_lock_in_the_admin(signed_in):
    for _ in range(4):
        attempt()
    ada = signed_in("ada")
    locks = "/admin/core/usedlimit/"
    assert "audrey" in words(ada.get(locks))
    chosen = [str(pk) for pk in UsedLimit.objects.filter(account="audrey", kind="sign-in").values_list("pk", flat=True)]
    ada.post(locks, {"action": "delete_selected", "_selected_action": chosen, "post": "yes"})
    assert attempt(password=PASSWORD).status_code == 302
    entry = AuditEntry.objects.get(action="sign_in.unlocked")
    assert (entry.actor, entry.subject, entry.detail) == ("ada", "audrey", {"limit": "sign-in", "address": "192.0.2.7"})
    assert signed_in("audrey").get(locks).status_code in (302, 403)


def test_a_command_lifts_locks(capsys):
    for _ in range(4):
        attempt()
    call_command("unlock_sign_in", "--account", "audrey", "--dry-run")
    listed = [line.split(": failed attempts count until ")[0] for line in capsys.readouterr().out.splitlines()]
    assert sorted(listed) == ["audrey from 192.0.2.7", "audrey from all addresses"]
    assert attempt(password=PASSWORD).status_code == 429
    call_command("unlock_sign_in", "--account", "audrey")
    assert "2 locks lifted." in capsys.readouterr().out
    assert attempt(password=PASSWORD).status_code == 302
    with pytest.raises(CommandError, match="Name an --account"):
        call_command("unlock_sign_in")
