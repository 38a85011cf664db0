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
LISTED = (
    b"bpdbjobs -report -all_columns\n", b"815,21,3,191,SLP_x,,,media1,1795205000,0000000042,1795205042,stu,1,12,,,,,1,root,0,0,0,0,,dr1,1,2,0,0,0,",
    b"2,web5_1795201200,db3_1795201260,", b"1,", b"999999999999,", b"-1,", b"9999999999,", b"\\,", b"\n",
    b"Master Server : dr1\n", b"Backup ID : web5_1795201200\n", b"Import From Replica Time : 1795201200 (x)\n",
    b"Image web5_1795201200 for Lifecycle gold is IN_PROCESS\n", b"  Copy to stu of type REPLICATION is IMPORT_PENDING\n",
    b"IMAGE web5 0 0 16 web5_1795201200 pol 0 *NULL* root full 0 3 1795201200 61 1797793200 0 0 1024\n",
    b"01/28/17 23:18:27 - Info bpdm(pid=24023) Using OpenStorage\n", b"29.jan.2021 03:02:43 - begin writing\n",
    b"99/99/9999 24:61:61 PM - Error bpimport (pid=99999999999999999999) x (2074)\n", b"Job Id: 815\n",
    b"1730625720 1 4 16 prim1 815 815 0 cl1 nbjm text\n", b"air_gold *NULL* 0 0x0 0\n", b"SLP.X = 99999999999 weeks\n",
    b"    4 stu *NULL* *NULL* 0 1 *NULL* 0 0x0 0 0 *NULL* 1 w *NULL* *NULL*\n", b"51216.116.OIDNames=nbpem\n",
    b"nbstlutil repllist\n", b"Sat Nov 21 06:00:01 UTC 2026\n",
)  # fmt: skip
LISTINGS = st.lists(
    st.sampled_from(LISTED) | st.sampled_from(FUZZ["SNIPPETS"]) | st.binary(max_size=6), max_size=16
).map(b"".join)
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


@settings(ANY, max_examples=100)
@given(LISTINGS)
def test_listings(text):
    """Rows of listings in any order, cut and mixed with anything, are read or left, and give no impossible time."""
    FUZZ["listings"](text)


@settings(ANY, max_examples=50)
@given(st.sampled_from([b"\x1f\x8b\x08\0", b"PK\x03\x04", b"BZh9", b"\xfd7zXZ\0", b""]), LOGS)
def test_archives(mark, rest):
    """Logs behind the mark of an archive are opened or refused, and nothing is written."""
    FUZZ["archives"](mark + rest)


@settings(ANY, max_examples=12)
@given(st.binary(min_size=4, max_size=48))
def test_bundles(damage):
    """A damaged bundle is analysed or refused in one sentence, and nothing of it steers terminal or spreadsheet."""
    FUZZ["bundles"](damage)


@pytest.mark.parametrize("number", range(len(FUZZ["SNIPPETS"])))
def test_bundles_with_each_snippet(number):
    """Each hostile piece of text in front of, and inside of, the records of a bundle changes nothing of that."""
    FUZZ["bundles"](bytes([0, 5, 30, number, 5, 6, number, 200, 9, 5, 0, number]))
