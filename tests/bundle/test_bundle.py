"""The bundle as a whole: one call from folders to the tables of logs and of ignored files."""

from __future__ import annotations

import pytest

from nbtrace.bundle import read_bundle
from nbtrace.errors import InputError
from nbtrace.tables import IGNORED, LOGS


def test_a_bundle_keeps_to_the_tables(read):
    """Logs and ignored files are tables of the contract, and every file is a member that can be opened by its path."""
    bundle = read(
        {"m1/bpdm.txt": "legacy", "m1/readme.txt": "words", "m1/51216-222-9-261120-0000000000.log": "unified"}
    )
    LOGS.check(bundle.logs)
    IGNORED.check(bundle.ignored)
    assert bundle.name == "case"
    assert bundle.logs["log_id"].to_list() == [0, 1]
    assert {*bundle.logs["path"], *bundle.ignored["path"]} == set(bundle.members)
    assert bundle.members["m1/readme.txt"].head(9) == b"words"


def test_an_empty_folder_is_an_empty_bundle(read):
    """A folder without files gives tables without rows, in the same shape."""
    bundle = read({})
    LOGS.check(bundle.logs)
    IGNORED.check(bundle.ignored)
    assert (bundle.logs.height, bundle.ignored.height, bundle.unreadable) == (0, 0, 0)


def test_the_order_of_inputs_does_not_matter(make, library):
    """The same inputs in another order give the same logs."""
    folder = make({"a/bpdm.txt": "legacy", "b/nbjm.txt": "vxlogview"})
    inputs = [folder / "a", folder / "b"]
    forward, backward = (read_bundle(order, library=library) for order in (inputs, inputs[::-1]))
    assert forward.logs.equals(backward.logs)
    assert forward.logs["host"].to_list() == ["a", "b"]


def test_a_single_file_belongs_to_its_folder(make, library):
    """A file that is handed in alone is of a host named after the folder it lies in."""
    folder = make({"m1/bpdm.txt": "legacy"})
    bundle = read_bundle([folder / "m1" / "bpdm.txt"], library=library)
    assert (bundle.name, bundle.logs["host"].to_list()) == ("bpdm.txt", ["m1"])


def test_an_absent_input_ends_the_work(tmp_path, library):
    """What does not exist is an error before anything is read."""
    with pytest.raises(InputError):
        read_bundle([tmp_path / "nowhere"], library=library)
