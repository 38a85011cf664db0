"""What is kept of a log: what names an image or a job, and who was heard when. The sieve before it holds nothing back."""

from __future__ import annotations

import io

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark

from nbtrace.flows import load
from nbtrace.grammar.library import Grammar, Library
from nbtrace.grammar.reference import Reference
from nbtrace.records import read_log
from nbtrace.tracing.identify import identify
from nbtrace.tracing.notice import importing, nothing, notice, sieve

A = "a_1795188184"
LIBRARY = Library()
(SHIPPED,) = LIBRARY.identifiers()
SITE = Grammar("identifiers", "site/identifiers.lark", 'ticket: "REQ-" job_id\njob_id: /[0-9]{1,10}/\n')
ALPHABET = st.characters(codec="utf-8", max_codepoint=0x24F)
NAMES = st.one_of(
    *(from_lark(Reference(SHIPPED, rule).lark, start=rule, alphabet=ALPHABET) for rule in ("image", "job"))
)
(WORDS,) = LIBRARY.evidence("import")
IMPORTING = from_lark(Reference(WORDS, "importing").lark, start="importing", alphabet=ALPHABET)
MESSAGES = [
    f"image {A} for JobID=815 of host_1795188184_C1_F1",
    f"bpdm -jobid 815 -b {A} parent job 7",
    "(job number is 42)",
    "/msdp/a_b-c.d_1795188184_C1_HDR",
    "no name at all 1795188184",
]
EDITS = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from(["", "j", "JOB", " 1", "_", "0123456789", "\u0131", "\u017f", "\n"])),
    max_size=4,
)
SLOW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def mutated(text, edits):
    """Return the text with some of its characters replaced."""
    for at, other in edits:
        at %= len(text) + 1  # noqa: PLW2901 - a place inside the text
        text = text[:at] + other + text[at + 1 :]
    return text


TEXTS = st.lists(st.builds(mutated, st.one_of(NAMES, st.sampled_from(MESSAGES)), EDITS), min_size=1, max_size=12)


def passed(texts, grammars=(SHIPPED,)):
    """Return which texts the sieve lets through."""
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(sieve(pl.col("text"), grammars)).to_series()


def names(entries, grammars=(SHIPPED,)):
    """Return which entries name an image or a job."""
    found = identify(entries, grammars)
    return ((found["images"].list.len() > 0) | found["job_id"].is_not_null()).to_list()


@SLOW
@given(TEXTS, TEXTS)
def test_the_sieve_holds_nothing_back(messages, contexts):
    """Whatever names an image or a job in its message or its context passes the sieve."""
    size = min(len(messages), len(contexts))
    entries = pl.DataFrame({"message": messages[:size], "context": contexts[:size]})
    through = (passed(entries["message"]) | passed(entries["context"])).to_list()
    assert [name and not taken for name, taken in zip(names(entries), through, strict=True)] == [False] * size


@SLOW
@given(TEXTS)
def test_the_sieve_lets_whole_rules_through(texts):
    """Texts in which the rule `image` or `job` itself is found pass, even where they turn out to be no names."""
    frame = pl.DataFrame({"text": texts})
    found = frame.select(
        pl.any_horizontal(pl.col("text").str.contains(SHIPPED.lowered(rule).pattern) for rule in ("image", "job"))
    ).to_series()
    assert (~found | passed(texts)).all()


@SLOW
@given(TEXTS, TEXTS, st.sampled_from("012"))
def test_the_sieve_holds_back_no_raw_record(arguments, contexts, kind):
    """The sieve sees a raw record as it stands in the file: its context, and the arguments of its numbered message."""
    context = contexts[0].replace("\n", " ")
    listed = "".join(f"A{len(text.encode())}:{text}|" for text in arguments if "\n" not in text)
    raw = f"{kind},51216,117,117,1,1795204803581,2514,90,{len(context.encode())}:{context},2,(998|{listed}),0:,1"
    log = {"log_id": 1, "log": "nbjm", "originator": 117, "date": None, "zone": "UTC", "zone_source": "option"}
    grammars = [grammar for grammar in LIBRARY.records() if grammar.name == "records/unified"]
    entries = read_log(io.BytesIO(raw.encode()), log, grammars).entries
    assert entries.height == 1
    assert names(entries) == [False] or passed([raw]).all()


@SLOW
@given(st.lists(st.builds(mutated, st.one_of(IMPORTING, st.sampled_from(MESSAGES)), EDITS), min_size=1, max_size=12))
def test_the_sieve_of_importing_holds_nothing_back(texts):
    """Texts in which the rule `importing` is found pass the sieve before it, by which records are read in full at once."""
    frame = pl.DataFrame({"text": texts})
    text, rule = pl.col("text"), WORDS.lowered("importing").pattern
    assert frame.select(~(" " + text + " ").str.contains(rule) | importing(text, [WORDS])).to_series().all()


def test_the_sieve_is_a_sieve():
    """What names nothing is held back, or there would be no use in it."""
    assert passed(["idle", "state 1795188184", "a_179518818", "image of a client", *MESSAGES]).to_list() == [
        False
    ] * 4 + [True] * 4 + [False]


def test_a_site_without_a_sieve():
    """A site's grammar that has no sieve is one itself, beside the shipped one."""
    texts = ["REQ-815 taken", "jobid=1", "idle"]
    assert passed(texts, (SITE, SHIPPED)).to_list() == [True, True, False]
    assert passed(texts, (SHIPPED,)).to_list() == [False, True, False]


@pytest.fixture
def of_log(story):
    """Return a maker of what is noticed of the only log of a story."""

    def make(text, grammars=(SHIPPED,), **options):
        entries, logs = story(text)
        return notice(entries, logs.row(0, named=True), load(), grammars, LIBRARY.evidence("import"), **options)

    return make


def test_what_names_something_is_kept(of_log):
    """Entries that name an image or a job are kept, with their names and where they stand; others are not."""
    found = of_log(
        f"nbjm 18:00 image {A}\nnbjm 18:01 busy\nnbjm 18:02 import jobid=815\nnbjm 18:03 a job is idle"
    ).identified
    assert found.schema == nothing().identified.schema
    assert found.select("line", "images", "job_id", "speaker", "host", "path", "says_importing").rows() == [
        (1, [A], None, "nbjm", "primary", "primary/nbjm.log", False),
        (3, [], 815, "nbjm", "primary", "primary/nbjm.log", True),
    ]


def test_everything_can_be_kept(of_log):
    """Asked for everything, entries that name nothing are kept as well."""
    found = of_log("bpdm 18:00 [1] busy\nbpdm 18:01 [1] jobid=815", everything=True).identified
    assert found["job_id"].to_list() == [None, 815]


def test_strangers_are_heard_only(of_log):
    """What strangers to the flow say is not kept, and that they spoke counts for the time of their host."""
    found = of_log("vnetd 18:00 jobid=815\nvnetd 18:30 idle")
    assert found.identified.is_empty()
    assert found.heard.select("host", "speaker").rows() == [("primary", None)] * 2


def test_who_was_heard(of_log, clock):
    """Each speaker of a log was heard in stretches without a silence of more than ten minutes."""
    found = of_log(
        "nbstserv 18:00 x\nnbstserv#369 18:10 x\nnbstserv 18:10 x\nnbstserv 18:21 x\nnbstserv#369 19:00 x\nnbstserv - x"
    ).heard
    assert found.schema == nothing().heard.schema
    assert set(found.select("speaker", "first", "last").rows()) == {
        ("nbstserv", clock("18:00"), clock("18:10")),
        ("nbstserv", clock("18:21"), clock("18:21")),
        ("import manager", clock("18:10"), clock("18:10")),
        ("import manager", clock("19:00"), clock("19:00")),
    }


def test_names_of_a_site(of_log):
    """What a site's grammar names is kept, although the shipped one knows nothing of it."""
    text = "nbjm 18:00 REQ-815 taken"
    assert of_log(text).identified.is_empty()
    assert of_log(text, (SITE, SHIPPED)).identified["job_id"].to_list() == [815]
