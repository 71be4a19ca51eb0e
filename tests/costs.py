"""How the cost of a call grows with what it gets: in processor time, which others on the machine hardly change."""

import time


def growth(called, small, large):
    """How many times as much processor time the large argument takes as the small one: the least of several tries."""
    return least_seconds(called, large) / least_seconds(called, small)


def least_seconds(called, argument):
    return min(seconds(called, argument) for _ in range(5))


def seconds(called, argument):
    began = time.process_time()
    called(argument)
    return time.process_time() - began
