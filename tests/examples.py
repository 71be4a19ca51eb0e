"""How many examples a law is tried on: few where somebody waits, many with `./test --long`."""

import os


def examples(few):
    return few * 30 if os.environ.get("ATLAS_LONG_TESTS") else few
