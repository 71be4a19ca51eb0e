"""What the tests of this folder have in common: the object that is served, its limits, and patience."""

import os
import time

from imports.sandbox.limits import Limits
from imports.sandbox.remote import Service
from imports.sandbox.template_process import Program, Templates
from tests.imports.sandbox import misbehaving
from tests.imports.sandbox.misbehaving import CLASSES, MB, Misbehaving

PATIENCE = 60  # seconds until a test gives up
PROGRAM = Program((misbehaving.__name__,))
SERVICE = Service(Misbehaving, CLASSES, f"{misbehaving.__name__}:CLASSES", PROGRAM)
LIMITS = Limits(
    memory=300 * MB,
    processor=30,
    seconds=PATIENCE,
    disk=20 * MB,
    settings={name: f"ATLAS_{name.upper()}" for name in ("memory", "processor", "seconds", "disk")},
)
TEMPLATES = Templates()  # their own: one that has loaded no reader starts sooner


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def eventually(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.01)


def limits(**changes):
    return Limits(**{**vars(LIMITS), **changes})
