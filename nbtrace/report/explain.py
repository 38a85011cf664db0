"""What is known of a code, a step or a daemon, and what there is to ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from nbtrace.errors import InputError
from nbtrace.knowledge import topics
from nbtrace.report.text import count, one_line

if TYPE_CHECKING:
    from nbtrace.knowledge.topics import Topic
    from nbtrace.report.page import Page

__all__ = ["kinds", "show"]

LABEL: Final = 10
EXAMPLES: Final = {"step": "5", "status code": "2074", "finding": "NBT206", "daemon": "nbstserv", "originator": "369"}


def show(page: Page, text: str) -> None:
    """Write all that the text may stand for; raise ``InputError`` with the nearest names when it is not known."""
    found = topics.find(text)
    if not found:
        near = topics.near(text)
        hint = f"; near it are: {', '.join(near)}" if near else ""
        raise InputError(
            f"'{one_line(text)}' is no step, status code, finding, daemon or originator that is known here{hint}. "
            "'nbtrace explain' lists what is."
        )
    for number, topic in enumerate(found):
        if number:
            page.line()
        _topic(page, topic)


def kinds(page: Page) -> None:
    """Write which kinds of things can be explained, with an example of each."""
    page.line("What can be explained:")
    for kind in topics.KINDS:
        names = topics.names(kind)
        page.line()
        number = len(names) // 2 if kind == "step" else len(names)  # a step goes by its number and its name
        page.prose((count(number, kind), "bold"), f"    nbtrace explain {EXAMPLES[kind]}", indent=2)
        page.prose((_range(kind, names), "dim"), indent=4)


def _range(kind: str, names: list[str]) -> str:
    if kind == "status code":
        return f"{names[0]} to {names[-1]}, those of about NetBackup 8.1; newer ones are missing"
    if kind == "step":
        return ", ".join(f"{number} {name}" for number, name in zip(names[::2], names[1::2], strict=True))
    return ", ".join(names)


def _topic(page: Page, topic: Topic) -> None:
    title = "" if topic.title == topic.name else f"  {topic.title}"
    page.prose((topic.name, "bold"), f"  ({topic.kind})", (title, "bold"))
    for label, text in topic.facts:
        page.prose((f"{label:{LABEL}}", "dim"), text, indent=2, hang=LABEL)
    for number, address in enumerate(topic.pages):
        page.line((f"{'' if number else 'source':{LABEL}}", "dim"), address, indent=2)
