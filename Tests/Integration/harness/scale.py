"""How much a run does: a sample by default, everything with ALMANAC_TRIALS=1."""

from __future__ import annotations

import os
import resource

IS_TRIAL = os.environ.get("ALMANAC_TRIALS") == "1"


def count(sample: int, full: int) -> int:
    """The number for this run."""
    return full if IS_TRIAL else sample


def allow_connections(wanted: int) -> None:
    """Raises the limit of open files so that `wanted` sockets fit; the server inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + 512
    if soft < needed:
        ceiling = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
