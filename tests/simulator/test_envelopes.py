"""The envelopes are those of the reference: checked with expressions written from it, not from the code."""

from __future__ import annotations

import re

import pytest

from nbtrace.simulator import envelopes
from nbtrace.simulator.envelopes import Numbered, Record
from nbtrace.simulator.hosts import LOGS, Clock, Host

MS = 1_795_200_000_123  # 2026-11-20 18:40:00.123 UTC
RAW_START = re.compile(rb"^\d,51216,\d{3},\d{3},(\d+|\x00),\d{13},\d+,\d+,", re.MULTILINE)
RAW_NAME = re.compile(r"^51216-\d{3}-\d{1,10}-\d{6}-\d{10}\.log$")
LEGACY_NAME = re.compile(r"^(root|ALL_ADMINS)\.\d{6}_\d{5}\.log$")
LEGACY = re.compile(r"^\d{2}:\d{2}:\d{2}\.\d{3} \[\d+\] <\d+> [^ ].*?: .*$")
WINDOWS = re.compile(r"^\d{1,2}:\d{2}:\d{2}\.\d{3} [AP]M: \[\d+\.\d+\] <\d+> [^ ].*?: .*$")
PRINTED = re.compile(
    r"^\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2}\.\d{3} \[(?:Debug|Application)\] NB 51216 \w+ \d+ PID:\d+ TID:\d+ "
    r"File ID:\d+ \[(?:No context| ?jobid=\d+ parentid=\d+| ?reqid=-\d+)\] (?:\d \[[^]]+\(\)\]|\[Info\] V-\d+-\d+) .*$"
)


@pytest.fixture
def unix():
    """Return a UNIX host whose clock is an hour ahead of UTC."""
    return Host("p", "primary", Clock("Europe/Berlin"), 10)


def counted(content):
    """Cut a raw record's counted fields by their byte counts; return them and what is left."""
    fields = []
    rest = RAW_START.sub(b"", content, count=1)
    while match := re.match(rb"(\d+):", rest):
        size, start = int(match[1]), match.end()
        fields.append(rest[start : start + size].decode())
        rest = rest[start + size + 1 :]
    return fields, rest


def test_raw_counts_bytes(unix):
    """A raw record's length prefixes count bytes, whatever the text holds: commas, line breaks, other letters."""
    text = "größe → 3,\n4: done"
    line = envelopes.raw(Record(MS, 7, 8, 2, "A::b", text, "jobid=1 parentid=1", 117), unix, LOGS["nbjm"])

    assert counted(line) == (["[jobid=1 parentid=1]", text, "[A::b]"], b"2\n")


def test_raw_numbered(unix):
    """A numbered message has its number and length-prefixed arguments instead of a text."""
    line = envelopes.raw(Record(MS, 7, 8, 2, "A::b", "x", numbered=Numbered(998, ("4242",))), unix, LOGS["nbemm"])

    assert line == b"2,51216,111,111,\x00,1795200000123,7,8,0:,2,(998|A4:4242|),6:[A::b],2\n"


def test_vxlogview_is_local(unix):
    """A printed record has the local date and time of its host, and says so where there is no context."""
    line = envelopes.vxlogview(Record(MS, 7, 8, 2, "A::b", "text", file_id=137), unix, LOGS["nbjm"]).decode()

    assert line == (
        "11/20/2026 19:40:00.123 [Debug] NB 51216 nbjm 117 PID:7 TID:8 File ID:137 [No context] 2 [A::b()] text\n"
    )


def test_vxlogview_application(unix):
    """A numbered message is printed as an application record with severity, V-code and text."""
    line = envelopes.vxlogview(Record(MS, 7, 8, 2, "A::b", "text", numbered=Numbered(9)), unix, LOGS["nbemm"]).decode()

    assert line.endswith("[Application] NB 51216 nbemm 111 PID:7 TID:8 File ID:111 [No context] [Info] V-111-9 text\n")


def test_legacy(unix):
    """A UNIX legacy line has local time, pid, severity and function."""
    assert envelopes.legacy(Record(MS, 7, 8, 16, "f", "text"), unix) == b"19:40:00.123 [7] <16> f: text\n"


@pytest.mark.parametrize(
    ("hour", "shown"), [(0, b"12:40:00.123 AM:"), (11, b"11:40:00.123 AM:"), (12, b"12:40:00.123 PM:"), (13, b"1:40:")]
)
def test_windows_legacy(hour, shown):
    """A Windows legacy line has a 12-hour clock, the thread, and CRLF at every line's end."""
    host = Host("m", "media", Clock("UTC"), 10, windows=True)
    line = envelopes.legacy(Record(MS + (hour - 18) * 3_600_000, 7, 8, 2, "f", "a\nb"), host)

    assert line.startswith(shown)
    assert line.endswith(b" [7.8] <2> f: a\r\nb\r\n")


def test_every_record_of_a_bundle(mixed):
    """Every line of a bundle is a record of its file's format, or continues one."""
    for path, content in mixed.files.items():
        folder, name = path.rsplit("/", 1)
        if "51216-" in name:
            assert RAW_NAME.match(name), path
            starts = [match.start() for match in RAW_START.finditer(content)]
            assert starts[0] == 0, path
            for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
                fields, rest = counted(content[start:end])
                assert re.fullmatch(rb"\d\n", rest) if len(fields) == 3 else b"2,(" in rest, content[start:end]
            continue
        assert LEGACY_NAME.match(name), path
        shape = WINDOWS if "Program Files" in folder else LEGACY
        lines = content.decode().splitlines()
        assert all(shape.match(line) or line.startswith(" ") for line in lines), path


def test_sequence_counts_up(mixed):
    """The sequence numbers of a raw file count its records from one, in the order of their times."""
    content = next(content for path, content in mixed.files.items() if "/51216-226-" in path)
    numbers = [int(line.split(b",")[4]) for line in content.splitlines() if RAW_START.match(line)]

    assert numbers == list(range(1, len(numbers) + 1))


def test_every_printed_record(night):
    """Every line of a printout is a `vxlogview -d all` line, or continues one."""
    printed = night(images=20, seed=2, printed=("nbjm", "nbemm"))
    text = printed.text("nbjm.txt") + printed.text("nbemm.txt")

    assert "[Application]" in text
    assert "51216-117-" not in " ".join(printed.files)
    assert all(PRINTED.match(line) for line in text.splitlines())
