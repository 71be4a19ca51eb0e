"""How many examples a property is tried on: few in a short run, many with `./test --long`."""

import os


def examples(few):
    return few * 30 if os.environ.get("ATLAS_LONG_TESTS") else few
