"""Content: the beginning of a file tells its format and originators, or why it is no text."""

from __future__ import annotations

import pytest

from nbtrace.bundle import content, opening

LEGACY = "03:14:15.926 [4242] <2> bpdm: INITIATING\n03:14:16.001 [4242] <2> some_function: text\n"


@pytest.fixture
def look(make, library):
    """Write one file and look at it."""

    def write(data):
        (member,) = opening.members([make({"x": data})])
        return content.look([member], library.records())["x"]

    return write


@pytest.mark.parametrize("record_format", ["legacy", "unified", "vxlogview", "vxlogview_default"])
def test_the_records_tell_the_format(look, samples, record_format):
    """Every format is recognised by its own records, with either end of line and behind a mark of byte order."""
    text = samples[record_format]
    assert look(text).format == record_format
    assert look(text.replace("\n", "\r\n")).format == record_format
    assert look("\ufeff" + text).format == record_format
    assert look(text).share == 1.0


def test_most_of_the_records_decide(look, samples):
    """A log that quotes some lines of another format keeps its own."""
    assert look(samples["vxlogview"] + LEGACY * 3).format == "legacy"


def test_continuation_lines_lower_the_share_only(look):
    """Lines without a beginning of their own belong to a record: they do not hide the format."""
    found = look(LEGACY + "at some place\n" * 6)
    assert (found.format, found.share) == ("legacy", 0.25)


def test_printed_records_state_their_originators(look, samples):
    """The originators of a printout are counted by record."""
    text = samples["vxlogview"]
    found = look(text * 3 + text.replace("nbjm 117", "nbstserv 226"))
    assert found.stated
    assert found.originators == {117: 6, 226: 2}


def test_message_ids_tell_known_originators_only(look, samples):
    """Without a stated originator, ids of messages tell it, unless they belong to another kind of component."""
    text = samples["vxlogview_default"]
    found = look(text + text.replace("V-116-998", "V-454-998"))
    assert not found.stated
    assert found.originators == {116: 1}


def test_a_legacy_log_has_no_originator(look):
    """Legacy records do not say who wrote them."""
    assert look(LEGACY).originators == {}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig"])
def test_the_encoding_does_not_matter(look, encoding):
    """A log is recognised in every encoding that Windows writes."""
    assert look((LEGACY + "03:14:16.001 [4242] <2> f: caf\u00e9\n").encode(encoding)).share == 1.0


def test_a_binary_file_is_no_loss(look):
    """A file that is no text at all is ignored without a claim that something is missing."""
    found = look(bytes(range(32)) * 100)
    assert (found.trouble, found.lost) == ("a binary file", False)


def test_some_zeros_do_not_make_a_log_binary(look):
    """The zeros that a crash leaves in a log do not hide its records."""
    assert look("\0" * 2000 + LEGACY + "\0" * 2000).format == "legacy"


def test_bytes_of_another_encoding_do_not_matter(look):
    """A log in an old code page is recognised like any other."""
    assert look(LEGACY.encode() + b"03:14:16.001 [4242] <2> f: caf\xe9\n").share == 1.0


@pytest.mark.parametrize("text", ["", "\n\r\n  \n", "\0" * 5])
def test_a_blank_file_is_empty(look, text):
    """A file without anything to see is empty, however many bytes that takes."""
    assert look(text).empty


def test_only_the_beginning_is_looked_at(look):
    """What follows far behind the beginning does not change the answer, and a line that is cut is not counted."""
    line = LEGACY.splitlines()[0]
    assert look((line + "\n") * 2000 + "no record\n" * 9000).share == 1.0
    assert look(line + "x" * 2 * content.HEAD).format == "legacy"


def test_a_file_that_vanishes_is_lost(make, library):
    """A file that cannot be opened any more is lost, with the reason, and no error."""
    folder = make({"x": LEGACY})
    members = opening.members([folder])
    (folder / "x").unlink()
    found = content.look(members, library.records())["x"]
    assert found.lost
    assert "no such file" in found.trouble


def test_many_files_are_looked_at_in_batches(make, library):
    """A bundle of more files than one batch holds is looked at completely."""
    members = opening.members([make({f"{number}": LEGACY for number in range(content.BATCH + 3)})])
    found = content.look(members, library.records())
    assert {path.format for path in found.values()} == {"legacy"}
    assert len(found) == content.BATCH + 3
