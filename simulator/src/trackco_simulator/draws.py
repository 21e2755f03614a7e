"""Seeded choices: the same seed gives the same account on every machine and every Python.

Only `random()` and `getrandbits()` of the generator are used: Python promises their sequences, and no others'.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def seeded(*seed: object) -> random.Random:
    """Return a generator that depends on nothing but the given values."""
    return random.Random("/".join(map(str, seed)))  # noqa: S311 - made-up answers must repeat; none is a secret


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """Return one of the options, each as likely as the others."""
    return options[int(rng.random() * len(options))]


def between(rng: random.Random, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return low + int(rng.random() * (high - low + 1))


def chance(rng: random.Random, share: float) -> bool:
    """Say yes in that share of the cases."""
    return rng.random() < share


def some(rng: random.Random, options: Sequence[T], count: int) -> list[T]:
    """Return `count` different options (all of them if there are fewer), in an order of chance."""
    left = list(options)
    return [left.pop(int(rng.random() * len(left))) for _ in range(min(count, len(left)))]


def uuid4(rng: random.Random) -> str:
    """Return a version 4 UUID as text."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def public_hash(rng: random.Random) -> str:
    """Return a survey's public hash: twelve letters and digits."""
    return "".join(pick(rng, _ALPHABET) for _ in range(12))
