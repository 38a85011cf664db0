"""Terminals: Python's regular expressions, rewritten into the part that Python and polars read alike.

The expression is parsed by Python's own parser and written anew, so nothing of its spelling survives: groups do not
capture, classes are ASCII, letters ignore case one by one (``[Aa]``: full case folding differs between the engines).
"""

from __future__ import annotations

import re
from re import _constants as sre
from re import _parser  # the parser behind `re`: Lark and hypothesis rely on it, too
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MAX_REPEAT", "characters", "portable", "repeated"]

MAX_REPEAT: Final = 1000
_LAST: Final = 0x10FFFF
_NEWLINE: Final = 10
_PRINTABLE: Final = 32
_SURROGATES: Final = range(0xD800, 0xE000)
_ATOM: Final = re.compile(r"\\x[0-9a-f]{2}|\\?.|\[(?:\\.|[^\\\]])+\]|\(\?s:\.\)")

Ranges = list[tuple[int, int]]  # of code points, both ends belong to it

_CATEGORIES: Final[dict[Any, Ranges]] = {
    sre.CATEGORY_DIGIT: [(48, 57)],
    sre.CATEGORY_SPACE: [(9, 13), (32, 32)],
    sre.CATEGORY_WORD: [(48, 57), (65, 90), (95, 95), (97, 122)],
    sre.CATEGORY_NOT_DIGIT: [(0, 47), (58, _LAST)],
    sre.CATEGORY_NOT_SPACE: [(0, 8), (14, 31), (33, _LAST)],
    sre.CATEGORY_NOT_WORD: [(0, 47), (58, 64), (91, 94), (96, 96), (123, _LAST)],
}
_REFUSED: Final[dict[Any, str]] = {
    sre.ASSERT: "look-around is not possible in linear time",
    sre.ASSERT_NOT: "look-around is not possible in linear time",
    sre.GROUPREF: "a back-reference is not regular",
    sre.GROUPREF_EXISTS: "a condition on a group is not regular",
    sre.MIN_REPEAT: "a lazy repetition ('*?') has no meaning in a grammar: write what the text may hold instead",
    sre.POSSESSIVE_REPEAT: "a possessive repetition is not regular",
    sre.ATOMIC_GROUP: "an atomic group is not regular",
}


def portable(regexp: str) -> tuple[str, bool]:
    """Return the expression in the common subset, and whether it matches the empty text.

    Raises:
        ValueError: The expression is broken, is not regular, or means another thing in polars than in Python.
    """
    try:
        parsed = _parser.parse(regexp, re.ASCII)
    except (re.error, OverflowError, ValueError) as error:
        raise ValueError(f"the regular expression is broken: {error}") from None
    if parsed.state.flags & ~re.ASCII:
        raise ValueError("flags stand behind the expression (/…/i), not inside it")
    return _sequence(parsed, 0), parsed.getwidth()[0] == 0


def repeated(pattern: str, low: int, high: int | None) -> str:
    """Return the pattern with its repetition; ``high`` is ``None`` where there is no limit.

    Raises:
        ValueError: A count is larger than ``MAX_REPEAT``, or the bounds are in the wrong order.
    """
    if max(low, high or 0) > MAX_REPEAT:
        raise ValueError(f"a repetition goes up to {MAX_REPEAT} at most")
    if low < 0 or (high is not None and high < max(low, 1)):
        raise ValueError(f"a repetition of {low} to {high} times is not possible")
    marks = {(0, 1): "?", (0, None): "*", (1, None): "+", (low, low): f"{{{low}}}"}
    atom = pattern if _ATOM.fullmatch(pattern) else f"(?:{pattern})"
    return atom + marks.get((low, high), f"{{{low},{'' if high is None else high}}}")


def characters(ranges: Iterable[tuple[int, int]]) -> str:
    """Return the class of all characters in these ranges of code points.

    Raises:
        ValueError: No character is in it, or half of a surrogate pair is.
    """
    merged = _merged(ranges)
    if not merged:
        raise ValueError("a class holds no character at all")
    if merged == [(0, _LAST)]:
        return "(?s:.)"
    if merged[-1][1] == _LAST:
        return f"[^{_members(_complement(merged))}]"
    if len(merged) == 1 and merged[0][0] == merged[0][1]:
        return _character(merged[0][0])
    return f"[{_members(merged)}]"


def _sequence(items: Iterable[tuple[Any, Any]], flags: int) -> str:
    return "".join(_item(operation, argument, flags) for operation, argument in items)


def _item(operation: Any, argument: Any, flags: int) -> str:
    if operation in _REFUSED:
        raise ValueError(_REFUSED[operation])
    match operation:
        case sre.BRANCH:
            return "(?:" + "|".join(_sequence(branch, flags) for branch in argument[1]) + ")"
        case sre.SUBPATTERN:
            _, added, removed, inner = argument
            if added & (re.UNICODE | re.LOCALE):
                raise ValueError("the flags 'u' and 'l' have no meaning here: classes are ASCII")
            return _sequence(inner, (flags | added) & ~removed)
        case sre.MAX_REPEAT:
            low, high, inner = argument
            return repeated(_sequence(inner, flags), low, None if high == sre.MAXREPEAT else high)
        case sre.AT:
            if argument != sre.AT_BOUNDARY:
                raise ValueError("an anchor ('^', '$' …) has no place in a grammar: describe the whole text instead")
            return r"\b"
    return characters(_ranges(operation, argument, flags))


def _ranges(operation: Any, argument: Any, flags: int) -> Ranges:
    match operation:
        case sre.ANY:
            return [(0, _LAST)] if flags & re.DOTALL else [(0, _NEWLINE - 1), (_NEWLINE + 1, _LAST)]
        case sre.LITERAL:
            return _cased([(argument, argument)], flags)
        case sre.NOT_LITERAL:
            return _complement(_merged(_cased([(argument, argument)], flags)))
        case sre.IN:
            return _class(argument, flags)
    raise ValueError(f"the regular expression uses {operation}, which cannot be lowered")


def _class(items: Sequence[tuple[Any, Any]], flags: int) -> Ranges:
    ranges: Ranges = []
    for operation, argument in items:
        match operation:
            case sre.LITERAL:
                ranges.append((argument, argument))
            case sre.RANGE:
                ranges.append(argument)
            case sre.CATEGORY:
                ranges.extend(_CATEGORIES[argument])
    merged = _merged(_cased(ranges, flags))
    return _complement(merged) if items[0][0] == sre.NEGATE else merged


def _cased(ranges: Ranges, flags: int) -> Ranges:
    """Add the other case of every ASCII letter where case does not count, as Python does under ``re.ASCII``."""
    if not flags & re.IGNORECASE:
        return ranges
    swapped = []
    for low, high in ranges:
        for first, last, step in ((65, 90, 32), (97, 122, -32)):
            if max(low, first) <= min(high, last):
                swapped.append((max(low, first) + step, min(high, last) + step))
    return ranges + swapped


def _merged(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: Ranges = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged


def _complement(merged: Ranges) -> Ranges:
    edges = [-1, *(edge for pair in merged for edge in pair), _LAST + 1]
    return [(low + 1, high - 1) for low, high in zip(edges[::2], edges[1::2], strict=True) if low + 1 < high]


def _members(ranges: Ranges) -> str:
    return "".join(
        _character(low) + ("" if low == high else _character(high) if high == low + 1 else f"-{_character(high)}")
        for low, high in ranges
    )


def _character(code: int) -> str:
    if code in _SURROGATES:
        raise ValueError("half of a surrogate pair is not a character")
    text = chr(code)
    if code < _PRINTABLE:
        return f"\\x{code:02x}"
    return f"\\{text}" if text in r"\.+*?()|[]{}^$#&-~" else text
