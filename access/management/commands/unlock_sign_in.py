"""manage.py unlock_sign_in: lift locks after failed sign-ins."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from access import messages
from access.locks import failed_attempts, lift
from core.actors import current_actor
from core.rate_limits import network_of


class Command(BaseCommand):
    help = "Forget failed sign-ins of an account, of an address, or all of them, so that they can sign in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", help="user name")
        parser.add_argument("--address", help="IP address")
        parser.add_argument("--all", action="store_true", help="all accounts and addresses")
        parser.add_argument("--dry-run", action="store_true", help="only list them")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["account"] or options["address"] or options["all"]):
            raise CommandError("Name an --account or an --address, or give --all.")
        attempts = failed_attempts()
        if options["account"]:
            attempts = attempts.filter(account=options["account"])
        if options["address"]:
            attempts = attempts.filter(address=network_of(options["address"]))
        for attempt in attempts:
            account, address = attempt.account or "all accounts", attempt.address or "all addresses"
            until = f"{attempt.unused_at:%Y-%m-%d %H:%M:%S} UTC"
            self.stdout.write(f"{account} from {address}: failed attempts count until {until}")
        if not options["dry_run"]:
            self.stdout.write(str(messages.UNLOCKED(locks=lift(attempts, current_actor()))))
