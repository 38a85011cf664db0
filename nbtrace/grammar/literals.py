"""Text as literals of a grammar: what stands in a log line, so that a grammar matches exactly that."""

from __future__ import annotations

from typing import Final

__all__ = ["literal"]

_ESCAPES: Final = {"\n": r"\n", "\t": r"\t", "\r": r"\r", '"': r"\x22"}
_BACKSLASH: Final = r'"\x5c"'


def literal(text: str) -> str:
    r"""Return the text as string literals of Lark's language, one behind the other; nothing for the empty text.

    Backslashes stand alone, because Lark takes two of them for one. What is not printable becomes an escape, so that
    the grammar can be read on any terminal.
    """
    quoted = (f'"{_escaped(part)}"' if part else "" for part in text.split("\\"))
    return " ".join(part for piece in quoted for part in (piece, _BACKSLASH) if part).removesuffix(_BACKSLASH).rstrip()


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(char) or (char if char.isprintable() else _escape(ord(char))) for char in text)


def _escape(code: int) -> str:
    return f"\\U{code:08x}"
