"""Names that somebody chose, and text that somebody sent, are no words of a daemon."""

from __future__ import annotations

import pytest

A = "a_1795188184"


@pytest.mark.parametrize(
    "text",
    [
        "client import01 is busy",
        "policy Import-DB, schedule full",
        "volume=lsu_import",
        "pool dp.import.x",
        "policy=import",
        "client import01_1795188184",
        'query "import of an image"',
        "argument 'start an import'",
        "slp=SLP-AIR-Import",
        "-backup -jobid 7 -c import job 38 -cl k8s -b import job 38_1795188184",
        "jobid=7 ended with status 0, backupid=import job 38_1795188184",
    ],
)
def test_an_import_in_a_name_is_none(told, text):
    """A client, a policy, a volume or a quotation that holds the word does not make a record speak of importing."""
    assert told(f"nbjm 18:00 {text}")["says_importing"].to_list() == [False]


@pytest.mark.parametrize(
    "text",
    [
        "import of an image",
        "image is imported.",
        "Import-Job 815",
        "bpimport starts",
        "importiere das Abbild",
        'import of "x" for "y"',
        "(import)",
        "auto-import",
        "import: 3 images",
        "a policy of the A.I.R. kind",
    ],
)
def test_an_import_as_a_word(told, text):
    """The word itself is known at the beginning and the end of a message, in brackets and with its usual endings."""
    assert told(f"nbjm 18:00 {text}")["says_importing"].to_list() == [True]


def test_an_import_in_a_function(told):
    """The name of a function is the daemon's own word, whatever stands around it."""
    assert told("nbstserv 18:00 (im_import_begin) x")["says_importing"].to_list() == [True]


@pytest.mark.parametrize("client", ["failover", "error-srv", "restore01", "expired", "retry", "success"])
def test_a_client_s_name_says_nothing_of_its_image(traced, imported, client):
    """A client may be called like a failure or like other work: what became of its image does not hang on it."""
    row = traced(imported.replace("a_17", f"{client}_17")).images.row(0, named=True)

    assert (row["client"], row["verdict"], row["step_states"]) == (client, "imported", "DDDDDDDD")


@pytest.mark.parametrize("client", ["-x", ".x", "_x", "büro", "Ωmega", "x-.-y", "мост"])
def test_odd_names_of_clients(traced, imported, client):
    """A name that begins with a sign or holds letters of another alphabet is kept whole: a part of it would be another image."""
    row = traced(imported.replace("a_17", f"{client}_17")).images.row(0, named=True)

    assert (row["image_id"], row["client"], row["verdict"]) == (f"{client}_1795188184", client, "imported")


def test_what_stands_around_an_id_is_none_of_it(traced, imported):
    """Brackets, quotation marks of any kind and the signs of an assignment do not become part of an id."""
    for left, right in (("(", ")"), ('"', '"'), ("„", "“"), ("«", "»"), ("image=", ";"), ("[", "]")):
        assert traced(imported.replace(A, left + A + right)).images["image_id"].to_list() == [A]


@pytest.mark.parametrize("log", ["admin", "bpdbm"])
@pytest.mark.parametrize("quote", ['"%s"', "'%s'"])
def test_text_that_a_client_sent_makes_no_image(traced, log, quote):
    """A phrase that somebody sent and a daemon quotes cannot bring an image into the flow, with no other log to deny it."""
    sent = quote % "bpimport: import of image evil_1795188185 jobid=77 ended with status 0"
    story = f"{log} 18:00:00 [41] -jobid 77\n{log} 18:00:01 [41] list for client x, pattern {sent}\n"
    talk = "\n".join(f"{log} {hour}:00:00 [9] idle" for hour in range(17, 23))

    assert traced(story, talk).images.is_empty()


def test_an_image_in_quotation_marks_is_one(traced):
    """A daemon that puts the id itself into quotation marks names its image."""
    story = f'admin 18:00:00 [41] bpimport -jobid 77\nadmin 18:00:01 [41] import of image "{A}"\n'

    assert traced(story, "admin 17:00 [9] idle\nadmin 22:00 [9] idle").images["image_id"].to_list() == [A]
