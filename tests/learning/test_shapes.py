"""Messages lose their ids, numbers and names, and keep their words."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.learning.shapes import names_of, with_shapes

NAMES = ["PureDiskVolume", "slp_gold", "lsu-a"]


def shaped(*messages, job=815):
    """Return the shapes of messages."""
    rows = pl.DataFrame({"message": messages, "job_id": [job] * len(messages)}, schema_overrides={"job_id": pl.Int64})
    return with_shapes(rows, NAMES)


@pytest.mark.parametrize(
    ("message", "shape"),
    [
        ("image web-5.a_1795188184 is read", "image <image> is read"),
        ("rd web5_1795188184_C1_IM n=20480", "rd <image>_C1_IM n=<number>"),
        ("jobid=815, copy 1", "jobid=<job>, copy <number>"),
        ("rc=0", "rc=0"),
        ("rc=007", "rc=<name>"),
        ("on host7.example.com now.", "on <name> now."),
        ("from a.b.example to c", "from <name> to c"),
        ("group <slp_gold|PureDiskVolume>", "group <<name>|<name>>"),
        ("MediaID=@aaaab;", "MediaID=<name>;"),
        ("PureDiskVolumes are read", "PureDiskVolumes are read"),
        ("one\ntwo → drei, vier!", "one\ntwo → drei, vier!"),
        ("", ""),
    ],
)
def test_what_is_taken_out(message, shape):
    """Ids, numbers and names get placeholders; words, a lone zero and what stands between them stay."""
    assert (shaped(message)["shape"][0] or "") == shape


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60), min_size=1, max_size=5))
def test_the_pieces_are_the_message(messages):
    """No character of a message is lost, whatever it is made of, and each piece has its kind."""
    found = shaped(*messages)
    assert [("".join(pieces or ())) for pieces in found["pieces"].to_list()] == messages
    assert [len(pieces or ()) for pieces in found["pieces"].to_list()] == [
        len(kinds or ()) for kinds in found["kinds"].to_list()
    ]


def test_what_is_too_long_has_no_shape():
    """A message of more than a thousand characters is no sentence that a rule could be made of."""
    assert shaped("x " * 501)["shape"].to_list() == [None]


def test_a_plain_word_is_no_name():
    """A host that is called like a word stays a word, so that no rule takes any word for it."""
    images = pl.DataFrame(
        {"slp": ["gold", "SLP_1"], "source_primary": [None, "a.b"], "primary": None, "media_server": None}
    )
    jobs = pl.DataFrame(
        {"slp": ["x-y"], "storage_server": ["image"], "disk_volume": ["PureDiskVolume"], "media_server": None}
    )
    images = images.with_columns(pl.all().cast(pl.String))
    jobs = jobs.with_columns(pl.all().cast(pl.String))
    logs = pl.DataFrame({"host": ["primary", "media-1.dr"]})
    assert names_of(images, jobs, logs) == ["PureDiskVolume", "SLP_1", "a.b", "media-1", "media-1.dr", "x-y"]
