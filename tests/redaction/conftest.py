"""What learns names, and what a bundle's file is to it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import pytest

from nbtrace.grammar.library import Library
from nbtrace.redaction.names import Learner

LIBRARY = Library()


@dataclass
class File:
    """A file of a bundle, held in memory."""

    path: str
    content: bytes = b""
    refused: str = ""
    size: int = field(init=False)

    def __post_init__(self):
        self.size = len(self.content)

    def open(self):
        """Open the content."""
        return io.BytesIO(self.content)


@pytest.fixture
def file():
    """Return what makes a file of a path and its content."""
    return File


@pytest.fixture
def library():
    """Return the shipped grammars."""
    return LIBRARY


@pytest.fixture
def learnt():
    """Return what learns from one text and gives the kind of each name."""

    def learn(text, path=""):
        learner = Learner(LIBRARY)
        if path:
            learner.read_path(path)
        learner.read(text.encode(), "x.log")
        return {name: kind for name, (_, kind, _) in learner.names.items()}

    return learn
