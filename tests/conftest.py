"""What the tests of several stages share: the way from entries to traces, without files."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import settings

from nbtrace.flows import load
from nbtrace.grammar.library import Library
from nbtrace.tracing import select, trace
from nbtrace.tracing.notice import mentions, nothing, notice
from nbtrace.tracing.windows import listen

LIBRARY = Library()
settings.register_profile("nbtrace", deadline=None)  # a busy machine is no failure
settings.load_profile("nbtrace")

# To trace which lines run doubles the time of these; what they run, quicker tests of its own run as well.
UNTRACED = ("tests/metamorphic/", "tests/fuzz/", "tests/grammar/test_shipped.py")


def pytest_collection_modifyitems(items):
    """Leave the longest tests out of the measurement of coverage."""
    for item in items:
        if item.nodeid.startswith(UNTRACED):
            item.add_marker("no_cover")


@pytest.fixture(scope="session", autouse=True)
def cache_home(tmp_path_factory):
    """Keep every test, and every process that it starts, away from the cache of the person who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def noticed():
    """Return what notices the entries of all logs: the identified ones, and who was heard."""

    def make(entries, logs, **options):
        found = [
            notice(group, log, load(), LIBRARY.identifiers(), LIBRARY.evidence("import"), **options)
            for log in logs.iter_rows(named=True)
            if (group := entries.filter(pl.col("log_id") == log["log_id"])).height
        ]
        found.append(nothing())
        return pl.concat(each.identified for each in found), pl.concat(each.heard for each in found)

    return make


@pytest.fixture(scope="session")
def trace_entries(noticed):
    """Return what traces entries as an analysis does: noticed log by log, selected, and with every record of the runs."""

    def make(entries, logs):
        identified, heard = noticed(entries, logs)
        words = LIBRARY.evidence("import")
        selected = select(mentions(identified).lazy(), identified.lazy(), logs, load(), words)
        whole, _ = noticed(entries, logs, everything=True)
        heard = heard.join(logs.select("log_id", "log"), on="log_id")
        return trace(selected.of(whole), listen(heard), load(), LIBRARY.identifiers(), words)

    return make
