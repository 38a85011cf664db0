"""What a site can do for words that nobody knows: see them, learn rules from them, check its own."""

from __future__ import annotations

import os
import re

import pytest

IMAGE = "vmhost28_1795191313"  # imported in the sample


@pytest.fixture
def out(tmp_path):
    """Return where a grammar is to be written."""
    return tmp_path / "ours" / "site.lark"


def test_unknown_shows_daemons_and_kinds(nbtrace, mixed, monkeypatch):
    """Each daemon has its share, and its kinds of messages a count, a step, an example and a place, in 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    done = nbtrace("grammars", "unknown", mixed)
    assert (done.status, done.err) == (0, "")
    assert re.search(r"^admin +124 +31% +0 +85$", done.out, re.MULTILINE)
    assert "admin: 3 kinds of messages that no rule knows\n" in done.out
    assert re.search(
        r"  27 lines about 27 images, shows no step\n  INF - image <image> imported\n"
        r"  e\.g\. INF - image vmhost28_1795191313 imported\n       \S+/admin/root\.112026_00001\.log:42\n",
        done.out,
    )
    assert all(len(line) <= 80 or re.search(r"\.log:\d+$", line) for line in done.out.splitlines())


def test_plain_output(nbtrace, mixed, tmp_path):
    """The options for plain output are those of the other commands; what has no colours takes them as well."""
    assert "…" in nbtrace("grammars", "unknown", mixed, "--limit", "1").out
    plain = nbtrace("grammars", "unknown", mixed, "--limit", "1", "--ascii", "--no-color")
    assert (plain.status, plain.out.isascii()) == (0, True)
    assert nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--no-color").status == 0
    assert nbtrace("grammars", "check", str(tmp_path), "--no-color").err.count("--no-color") == 0


def test_limit_and_csv(nbtrace, mixed, tmp_path):
    """--limit says what it leaves out; the CSV file holds all."""
    file = tmp_path / "shapes.csv"
    done = nbtrace("grammars", "unknown", mixed, "--limit", "1", "--csv", str(file))
    assert "… and 2 more kinds; --limit 0 shows all" in done.out
    assert done.out.endswith(f"\nWrote {file}.\n")
    lines = file.read_text().splitlines()
    assert lines[0] == "daemon,step,shape,lines,images,path,line,message"
    assert len(lines) == 1 + len(
        re.findall(r" lines? about ", nbtrace("grammars", "unknown", mixed, "--limit", "0").out)
    )


def test_unknown_of_logs_without_images(nbtrace, tmp_path):
    """Where nothing is said of images that is the answer."""
    log = tmp_path / "bpdbm" / "root.112026_00001.log"
    log.parent.mkdir()
    log.write_text("03:14:15.926 [4242] <2> bpdbm: nothing to do\n")
    assert nbtrace("grammars", "unknown", str(tmp_path)).out == "No line of these logs is about an image of the flow.\n"


def test_learn_writes_what_check_takes_and_analyze_uses(nbtrace, mixed, out):
    """The learnt file holds by its own check, and with it more of another analysis is understood."""
    out.parent.mkdir()
    done = nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--out", str(out))
    assert (done.status, done.err) == (0, "")
    assert re.match(rf"Wrote {re.escape(str(out))}: \d rules, and \d more as comments, for you to decide\.\n", done.out)
    assert [path.name for path in out.parent.iterdir()] == ["site.lark"]
    assert nbtrace("grammars", "check", str(out.parent)).status == 0
    before, after = nbtrace("analyze", mixed), nbtrace("analyze", mixed, "--grammars", str(out.parent))
    shares = [int(re.search(r"about images (\d+)%\s+are\s+understood", done.out)[1]) for done in (before, after)]
    assert shares[0] < shares[1]
    same = [
        re.sub(r"\n  Of [\d,]+ lines .*?rest\.\n|(?s:\nNext\n.*)", "", run.out, flags=re.DOTALL)
        for run in (before, after)
    ]
    assert same[0] == same[1]


def test_a_single_file_is_taken_too(nbtrace, mixed, out):
    """--grammars takes the file itself as it takes its folder."""
    out.parent.mkdir()
    nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--out", str(out))
    by_file, by_folder = (nbtrace("analyze", mixed, "--grammars", str(path)).out for path in (out, out.parent))
    assert by_file.split("\nNext\n")[0] == by_folder.split("\nNext\n")[0]


def test_without_out_the_rules_are_printed(nbtrace, mixed, out):
    """What would be written is printed, and is the same."""
    out.parent.mkdir()
    nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--out", str(out))
    assert nbtrace("grammars", "learn", mixed, "--image", IMAGE).out == out.read_text(encoding="utf-8")


def test_nothing_is_replaced_unasked(nbtrace, mixed, out):
    """A file that is there stays, unless --force says otherwise; and this is known before any log is read."""
    out.parent.mkdir()
    out.write_text("mine")
    done = nbtrace("grammars", "learn", "no/such/bundle", "--image", IMAGE, "--out", str(out))
    assert (done.status, out.read_text()) == (2, "mine")
    assert done.err == f"nbtrace: '{out}' exists; choose another name, or --force to replace it\n"
    assert nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--out", str(out), "--force").status == 0
    assert "admin_validate" in out.read_text()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("site.txt", "choose a name that ends in .lark"),
        ("identifiers.lark", "would not be read as a grammar of messages"),
        ("", "is a folder|choose a name that ends in"),
    ],
)
def test_where_no_grammar_can_be(nbtrace, mixed, tmp_path, name, says):
    """A name that --grammars would not read is refused with what to do."""
    done = nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--out", str(tmp_path / name))
    assert done.status == 2
    assert re.search(says, done.err)
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made(nbtrace, mixed, tmp_path):
    """A folder that is not there is made, as for tables; a file in its place is told before any log is read."""
    out = tmp_path / "of" / "ours" / "site.lark"
    assert nbtrace("grammars", "learn", mixed, "--image", IMAGE, "--out", str(out)).status == 0
    assert "admin_validate" in out.read_text(encoding="utf-8")
    done = nbtrace("grammars", "learn", "no/such/bundle", "--image", IMAGE, "--out", str(out / "more" / "site.lark"))
    assert (done.status, done.err) == (2, f"nbtrace: '{out}' is no folder; choose another place\n")


@pytest.mark.parametrize(
    ("image", "says"),
    [
        (
            "vmhost28_179519131",
            "no image 'vmhost28_179519131' was traced in this bundle; near it are: vmhost28_1795191313",
        ),
        (
            "vmhost1_1795213270",
            "'vmhost1_1795213270' is not imported but failed: rules are learnt from imported images; '",
        ),
    ],
)
def test_what_nothing_can_be_learnt_from(nbtrace, mixed, out, image, says):
    """An image that is not there, or not imported, is refused, and a better one is named."""
    out.parent.mkdir()
    done = nbtrace("grammars", "learn", mixed, "--image", image, "--out", str(out))
    assert done.status == 2
    assert says in done.err
    assert not out.exists()


def test_check_says_what_is_broken(nbtrace, tmp_path):
    """Each file has its line; a broken one names file, line and reason, and is an exit status."""
    (tmp_path / "a.lark").write_text('catalog: "x"\n')
    (tmp_path / "b.lark").write_text('catalog: "x"\ninsert: /a(?=b)/\n')
    (tmp_path / "c.lark").write_text('bpdm_katalog: "x"\n')
    done = nbtrace("grammars", "check", str(tmp_path))
    assert (done.status, done.err) == (2, "")
    assert done.out == (
        f"{tmp_path}/a.lark: 1 rule, fine\n"
        f"{tmp_path}/b.lark:2: rule 'insert': look-around is not possible in linear time\n"
        f"{tmp_path}/c.lark: 1 rule, fine\n"
        f"{tmp_path}/c.lark: nothing asks for the rule 'bpdm_katalog'\n"
        "3 grammars, 1 broken\n"
    ).replace("/", os.sep)


def test_check_of_nothing(nbtrace, tmp_path):
    """A folder without grammars, or none at all, is wrong usage."""
    assert "holds no readable file" in nbtrace("grammars", "check", str(tmp_path)).err
    assert nbtrace("grammars", "check", str(tmp_path / "none")).status == 2


def test_the_group_alone_shows_its_commands(nbtrace):
    """`nbtrace grammars` without more is wrong usage, answered by the help."""
    done = nbtrace("grammars")
    assert (done.status, done.out) == (2, "")
    assert "Commands:\n  unknown " in done.err


@pytest.mark.parametrize("words", [["--limit", "-1"], ["--tz", "Mars"]])
def test_wrong_options(nbtrace, mixed, words):
    """Options that cannot be are refused in one sentence."""
    done = nbtrace("grammars", "unknown", mixed, *words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
