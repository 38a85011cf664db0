"""What was learnt of a site's messages, as a grammar file that a person reads, changes and hands in again."""

from __future__ import annotations

import contextlib
import os
import textwrap
from typing import TYPE_CHECKING, Any, Final

from nbtrace.errors import OutputError
from nbtrace.report.text import count, one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

__all__ = ["check_target", "grammar_text", "write_grammar"]

_WIDTH: Final = 116
_LARGEST: Final = 200_000  # characters of a grammar, well below what is read again
_LONGEST: Final = 300  # characters of an example
_HEAD: Final = """\
What the daemons of this site say of an image, learnt by nbtrace from {image} in '{bundle}'.

Put this file into a folder and name that with --grammars. A rule is named after who speaks and the step that the image \
has come to; with `_done` behind it, the message says that the step is complete. It is the whole message. Examples \
hold names of your site: look through them before you hand the file on. How to write rules stands in grammars/README.md."""


def grammar_text(proposals: pl.DataFrame, terminals: str, *, image_id: str, bundle: str) -> str:
    """Return the table ``proposals`` as a grammar; what is not sure stands in comments.

    ``terminals`` are the definitions that the rules use. Every text from a log is cleaned and stays in its comment.
    """
    blocks = ["\n".join(_comment(_HEAD.format(image=_quoted(image_id), bundle=_quoted(bundle))))]
    for number, row in enumerate(proposals.iter_rows(named=True)):
        block = "\n".join(_block(row))
        if sum(map(len, blocks)) + len(block) > _LARGEST:
            blocks.append(f"// {count(proposals.height - number, 'more message')} did not fit.")
            break
        blocks.append(block)
    return "\n\n".join([*blocks, terminals.strip()]) + "\n"


def check_target(path: Path, *, force: bool) -> None:
    """Raise ``OutputError`` where a grammar cannot be written to, or would not be found by ``--grammars`` afterwards."""
    if path.suffix != ".lark" or path.stem == "identifiers":
        raise OutputError(
            f"'{path}' would not be read as a grammar of messages; choose a name that ends in .lark, such as site.lark"
        )
    if path.is_dir():
        raise OutputError(f"'{path}' is a folder; name a file in it, such as '{path / 'site.lark'}'")
    if path.exists() and not force:
        raise OutputError(f"'{path}' exists; choose another name, or --force to replace it")
    above = next((folder for folder in path.parents if os.path.lexists(folder)), path.parent)
    if not above.is_dir():
        raise OutputError(f"'{above}' is no folder; choose another place")


def write_grammar(text: str, path: Path, *, force: bool) -> None:
    """Write a grammar under another name first, then put it in place; make its folder where there is none.

    Raises:
        OutputError: the file exists and is not to be replaced, or cannot be written.
    """
    check_target(path, force=force)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"cannot write the grammar to '{path}': {why}; choose another place") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _block(row: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of one proposal: where it was seen, and the rule."""
    seen = f"{count(row['lines'], 'line')} about {count(row['images'], 'image')}, the first of this one:"
    yield from _comment(f"{row['daemon']}, {seen}")
    yield f"//   {_quoted(row['path'])}:{row['line']}"
    yield f"//   {shorten(_quoted(row['message']), _LONGEST)}"
    if row["rule"]:
        yield f"{row['rule']}: {row['body']}"
        return
    if not row["choices"]:
        yield from _comment(f"No rule: {row['reason']}.")
        return
    yield from _comment(f"Not sure: {row['reason']}. Take away the slashes where you know better:")
    yield from (f"// {name}: {row['body']}" for name in row["choices"])


def _quoted(text: str) -> str:
    """Return text from a log for a comment: quotes and backslashes together would look like a literal that is not closed."""
    return one_line(text).replace('"', "'")


def _comment(text: str) -> Iterator[str]:
    for paragraph in text.split("\n"):
        for line in textwrap.wrap(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]:
            yield f"// {line}".rstrip()
