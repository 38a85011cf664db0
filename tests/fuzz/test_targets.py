"""Whatever comes in, what the targets of the fuzzer say must hold does hold; `make fuzz` looks for longer."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = runpy.run_path(str(Path(__file__).with_name("targets.py")))
ANY = settings(deadline=None, suppress_health_check=list(HealthCheck))
LINES = [line for _, content in FUZZ["small_bundle"]() for line in content.splitlines(keepends=True)[:40]]
PIECES = st.sampled_from(LINES) | st.sampled_from(FUZZ["SNIPPETS"]) | st.binary(max_size=12)
LOGS = st.lists(PIECES, max_size=12).map(b"".join)
PATHS = st.lists(
    st.sampled_from(
        [b"/", b"\\", b"..", b"root.112026_00001.log", b"51216-117-1-261120-0000000000.log", b"bpdm", b"usr"]
    )
    | st.sampled_from([b"openv", b"logs", b"log.112026", b"web5", b"\xff", b"\n", b"C:", b"jdoe@dom1."])
    | st.binary(max_size=6),
    max_size=10,
).map(b"".join)


@settings(ANY, max_examples=200)
@given(st.binary(min_size=2, max_size=2), LOGS)
def test_records(kind, log):
    """Any text is read as any format: lines are counted, records in order, and no time is invented."""
    FUZZ["records"](kind + log)


@settings(ANY, max_examples=60)
@given(PATHS)
def test_names(path):
    """Any path says what it says without failing, and leads nowhere but below the copy."""
    FUZZ["names"](path)


@settings(ANY, max_examples=100)
@given(LOGS)
def test_texts(text):
    """Any text is safe once it is cleaned, and nameless once its names are replaced."""
    FUZZ["texts"](text)


@settings(ANY, max_examples=12)
@given(st.binary(min_size=4, max_size=48))
def test_bundles(damage):
    """A damaged bundle is analysed or refused in one sentence, and nothing of it steers terminal or spreadsheet."""
    FUZZ["bundles"](damage)


@pytest.mark.parametrize("number", range(len(FUZZ["SNIPPETS"])))
def test_bundles_with_each_snippet(number):
    """Each hostile piece of text in front of, and inside of, the records of a bundle changes nothing of that."""
    FUZZ["bundles"](bytes([0, 5, 30, number, 5, 6, number, 200, 9, 5, 0, number]))
