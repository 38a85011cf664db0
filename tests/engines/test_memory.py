"""Memory is given back where the system can take it, and nothing happens elsewhere."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest

from nbtrace.engines import memory


def test_what_can_be_given_back(monkeypatch):
    """All that the C library keeps is asked back."""
    asked = []
    monkeypatch.setattr(
        ctypes, "CDLL", lambda name: SimpleNamespace(malloc_trim=lambda kept: asked.append((name, kept)))
    )
    memory.give_back()
    assert asked == [(None, 0)]


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_other_systems(monkeypatch, error):
    """Without such a function, or such a library, nothing is done."""

    def refuse(_):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    memory.give_back()
