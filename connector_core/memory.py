"""How a run uses its memory: what Python and the C library are told before the first thread starts."""

import ctypes
import gc

_COLLECTED = (50_000, 50, 100)
"""When Python looks for cycles. Answers are trees, which have none: with the usual 700, it took a quarter of a run."""
_ARENA_MAX = -8
"""glibc's `M_ARENA_MAX`."""
_ARENAS = 1
"""Heaps that all threads share. By default each thread gets one and keeps what was freed there for itself: 16 threads
held some 60 MB that nobody used. Python's own lock lets only one of them allocate at a time anyway."""


def be_frugal() -> None:
    """Let memory that was freed be used again, by whichever thread needs some."""
    gc.freeze()
    gc.set_threshold(*_COLLECTED)
    try:
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)
    except (OSError, AttributeError):  # another C library, which does as it likes
        return
