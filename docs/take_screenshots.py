#!/usr/bin/env python3
"""Take the screenshots of the documentation again: .venv/bin/python docs/take_screenshots.py

Start an instance of its own with the sample files of demo/ and open its pages in Debian's Chromium. Run ./test once
before, which installs what the browser needs.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).resolve().parent
PROJECT = DOCS.parent
SHOTS = DOCS / "screenshots"
DEMO = PROJECT / "demo"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 800}
SERVED = "Content Atlas is running at "
MESSY = """\
1041,ET-01,00431,06/03/2024,16,960.0,7.45,
1042,CO-01,00432,06/05/2024, 22 ,"1,540.0",6.90,Paid in two parts
1043,BR-01,00433,06/11/2024,35,2100.0,$4.15,
1044,ET-01,00434,soon,10,600.0,7.45,Date to be told
1045,KE-02,00435,06/19/2024,n/a,540.0,8.20,
1046,CO-01,00436,06/24/2024,twelve,720.0,6.90,Counted by hand
"""
PAYMENTS = "invoice,supplier,paid,amount\n" + "".join(
    f"{invoice},{supplier},{paid},{amount}\n"
    for invoice, supplier, paid, amount in [
        ("2024-071", "ET-01", "02/06/2024", "148.00"), ("2024-072", "CO-01", "03/06/2024", "1540.00"),
        ("2024-073", "BR-01", "03/07/2024", "960.50"), ("2024-074", "ET-02", "04/07/2024", "2100.00"),
        ("2024-075", "KE-02", "05/07/2024", "unknown"), ("2024-076", "CO-01", "08/07/2024", "720.00"),
        ("2024-077", "ET-01", "09/07/2024", "148.00"), ("2024-078", "BR-01", "10/07/2024", "1960.50"),
        ("2024-079", "ET-02", "11/07/2024", "2100.00"), ("2024-080", "KE-02", "12/07/2024", "540.00"),
    ]
)  # fmt: skip


def main() -> None:
    shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir()
    with instance() as (url, login), sync_playwright() as playwright:
        shown = fill(url, login["token"])
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for scheme, viewport, suffix in (("light", WIDE, ""), ("dark", WIDE, "-dark"), ("light", NARROW, "-narrow")):
            context = browser.new_context(base_url=url, color_scheme=scheme, viewport=viewport, locale="en-GB")
            page = context.new_page()
            sign_in(page, login)
            for name, address in addresses(shown):
                page.goto(address)
                shoot(page, name + suffix)
            preview_file(page)
            shoot(page, "analysis" + suffix)
            context.close()
        browser.close()


@contextmanager
def instance() -> Iterator[tuple[str, dict[str, str]]]:
    """Run an instance for the length of the block; give its address and its administrator's first login."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ATLAS_", "DATABASE_URL"))}
    with tempfile.TemporaryDirectory(prefix="atlas-screenshots-") as name:
        command = [PROJECT / "run", "--data-dir", name, "--port", str(port)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        try:
            next(line for line in process.stdout if line.startswith(SERVED))
            lines = (Path(name) / "first-login.txt").read_text().splitlines()
            yield f"http://127.0.0.1:{port}", dict(line.split(": ", 1) for line in lines)
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree((Path(name) / "postgres").resolve())


def sign_in(page: Page, login: dict[str, str]) -> None:
    page.goto("/ui/sign-in")
    page.get_by_label("Username").fill(login["username"])
    page.get_by_label("Password").fill(login["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def fill(url: str, token: str) -> str:
    """Import the sample files, and a second delivery with duplicates, corrections and errors. Return its import id."""
    known = (DEMO / "deliveries.csv").read_text().splitlines(keepends=True)[:4]
    files = [(path.name, path.read_bytes()) for path in sorted(DEMO.glob("[a-z]*"))]
    files.append(("more deliveries.csv", ("".join(known) + MESSY).encode()))
    return [import_one(url, token, name, content) for name, content in files][-1]


def import_one(url: str, token: str, name: str, content: bytes) -> str:
    answer = requests.post(
        f"{url}/map-data",
        {"mapping_json": json.dumps({"table_name": "deliveries"} if "deliveries" in name else {})},
        files={"file": (name, content)},
        headers={"Authorization": f"Token {token}"},
        timeout=60,
    )
    answer.raise_for_status()
    return str(answer.json()["import_id"])


def addresses(import_id: str) -> list[tuple[str, str]]:
    """Return the main pages: name of the screenshot, path."""
    detail = f"/ui/imports/{import_id}"
    return [
        ("home", "/"),
        ("upload", "/ui/upload"),
        ("history", "/ui/imports"),
        ("import", detail),
        ("errors", f"{detail}/errors"),
        ("undo", f"{detail}/undo"),
        ("table", "/ui/tables/deliveries"),
        ("graph", "/ui/lineage"),
        ("statistics", "/ui/statistics"),
        ("audit", "/ui/audit"),
    ]


def preview_file(page: Page) -> None:
    """Upload a file that leaves questions and open its preview."""
    page.goto("/ui/upload")
    upload = page.locator("form", has=page.locator("input[type=file]"))
    upload.locator("input[type=file]").set_input_files(
        {"name": "payments.csv", "mimeType": "text/csv", "buffer": PAYMENTS.encode()}
    )
    upload.locator("button:not([type=button])").click()
    page.wait_for_url(re.compile(r"/ui/upload/[0-9a-f-]{36}"))


def shoot(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=SHOTS / f"{name}.png")


if __name__ == "__main__":
    main()
