"""Text that is dear to whoever takes it apart by characters instead of bytes."""

from __future__ import annotations

from collections.abc import Callable

Shape = Callable[[int], str]


def marks(size: int) -> str:
    """Combining marks in the wrong order: whoever normalizes them sorts them, which is quadratic."""
    return "e" + "\u0345" * (size // 4) + "\u0334" * (size // 4)


def flags(size: int) -> str:
    """Regional indicators: where a character begins is found by going back to the first one."""
    return "\U0001f1e6" * (size // 4)


def syllables(size: int) -> str:
    """Letters that are composed, and a mark at each."""
    return "\u1112\u1161\u11ab\u0334" * (size // 11)


def letters(size: int) -> str:
    return "a" * size


def commas(size: int) -> str:
    return "a," * (size // 2)


def blanks(size: int) -> str:
    return "a" + " " * (size - 2) + "b"


# A text of about so many bytes of UTF-8.
SHAPES: dict[str, Shape] = {
    "marks": marks,
    "flags": flags,
    "syllables": syllables,
    "letters": letters,
    "commas": commas,
    "blanks": blanks,
}
# Those that are not of ASCII: the worst where names and values have bounds.
WORST: dict[str, Shape] = {"marks": marks, "flags": flags}


def of_scalars(count: int) -> str:
    """A text of so many Unicode scalars, as a rule for lengths counts them."""
    half = (count - 1) // 2
    return "e" + "\u0345" * half + "\u0334" * (count - 1 - half)
