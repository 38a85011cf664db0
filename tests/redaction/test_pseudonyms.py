"""What stands for a name has its shape, is nobody else's, and depends on nothing but the key and the names."""

from __future__ import annotations

import re
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrace.errors import RedactionError
from nbtrace.redaction import others_for
from nbtrace.redaction.names import Learner
from nbtrace.redaction.pseudonyms import Pseudonyms

NAME = st.from_regex(r"[a-z][a-z0-9_-]{3,12}(\.[a-z]{3,8}){0,2}", fullmatch=True)


def shape(name):
    """Return what of a name must stay."""
    return re.sub("[a-z]", "a", re.sub("[0-9]", "0", name))


def made(names, key="k", kept=()):
    """Return what makes pseudonyms for these names."""
    return Pseudonyms(key, names, kept, lambda text: any(name in text for name in names))


@settings(max_examples=50, deadline=None)
@given(st.sets(NAME, min_size=1, max_size=20))
def test_same_shape_and_nobody_elses(names):
    """Letters become letters, digits digits, all else stays; no two names share a pseudonym, and none is a name."""
    pseudonyms = made(names)
    given_out = {name: pseudonyms.of(name, "host") for name in names}
    assert [shape(other) for other in given_out.values()] == [shape(name) for name in given_out]
    assert len(set(given_out.values())) == len(names)
    assert not names.intersection(given_out.values())


@pytest.mark.parametrize("name", ["9.example", "a_-.example", "x..local", "7_.test"])
def test_no_name_stands_for_itself(name):
    """A part of one digit, or of none, gives another name whatever the key."""
    for key in map(str, range(60)):
        assert made({name}, key=key).of(name, "host") != name


def test_no_pseudonym_ends_with_a_name(library):
    """A short name that counts inside other words is not made by chance where parts are put together."""
    learner = Learner(library)
    learner.read(b"host=6.com host=storage90556.com host=x81.com", "x.log")
    for key in map(str, range(40)):
        others = others_for(learner, key)
        assert not any(other.endswith("6.com") for other in others.values())


def test_short_and_full_name_stay_one_host():
    """A short name is the first label of the full one, in the copy as well, and an ordinary ending stays."""
    pseudonyms = made({"web5", "web5.corp.example"})
    short, full = pseudonyms.of("web5", "host"), pseudonyms.of("web5.corp.example", "host")
    assert full.split(".")[0] == short
    assert full.endswith(".example")
    assert "corp" not in full


def test_the_key_decides():
    """The same key gives the same pseudonym, another key another."""
    assert made({"web5"}).of("web5", "host") == made({"web5", "web6"}).of("web5", "host")
    assert made({"web5"}).of("web5", "host") != made({"web5"}, key="other").of("web5", "host")


def test_no_pseudonym_is_a_word():
    """Letters become consonants, so that no rule of evidence finds a word in a pseudonym."""
    names = {f"server{number}" for number in range(200)}
    pseudonyms = made(names)
    assert not any(re.search("[aeiouy]", pseudonyms.of(name, "host")) for name in names)


@settings(deadline=None)
@given(st.ip_addresses(v=4).map(str).filter(lambda text: not text.startswith(("0.", "255.", "127."))))
def test_addresses_stay_addresses(address):
    """An address becomes another one; each part keeps its length, and a private network stays private."""
    other = made({address}).of(address, "address")
    assert [len(part) for part in other.split(".")] == [len(part) for part in address.split(".")]
    assert ip_address(other) != ip_address(address)
    if address.startswith("10."):
        assert other.startswith("10.")


def test_networks_stay_together():
    """Two addresses of one network are of one network in the copy."""
    pseudonyms = made({"81.2.69.14", "81.2.69.15"})
    first, second = (pseudonyms.of(text, "address").rpartition(".") for text in ("81.2.69.14", "81.2.69.15"))
    assert first[0] == second[0]
    assert first[2] != second[2]


@pytest.mark.parametrize("address", ["fe80::a1b2:c3d4", "2001:db8:0:1::17", "00:50:56:ab:cd:12"])
def test_long_addresses_keep_their_shape(address):
    """Digits of an IPv6 or hardware address stay digits, its letters stay letters that such an address may have."""
    other = made({address}).of(address, "address")
    assert other != address
    assert shape(other) == shape(address)
    assert re.fullmatch("[0-9a-f:]+", other)


@pytest.mark.parametrize("number", ["331242250", "3006099210", "4294967295", "1234", "99999999999999999999"])
def test_host_ids_keep_their_length(number):
    """A host id becomes another of the same length; one of a private address stays one."""
    other = made({number}).of(number, "host id")
    assert other != number
    assert len(other) == len(number)
    if len(number) < 11 and int(number) < 2**32:
        assert int(other) < 2**32
        assert (int(number) % 256 == 10) == (int(other) % 256 == 10) or int(number) % 256 != 10


def test_too_many_names_of_one_shape():
    """Where a shape has fewer pseudonyms than names, an error names the shape."""
    names = {f"{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"}
    pseudonyms = Pseudonyms("k", names, (), lambda _: False)
    with pytest.raises(RedactionError, match="more names of the shape"):
        _ = [pseudonyms.of(name, "host") for name in sorted(names)]


def test_names_with_blanks():
    """A name with blanks keeps them, and a word of it that is a name stands for itself in it."""
    pseudonyms = made({"büro - server 25", "büro"})
    name, word = pseudonyms.of("büro - server 25", "client"), pseudonyms.of("büro", "client")
    assert re.fullmatch("[a-z]{5} - [a-z]{6} [0-9]{2}", name)
    assert name.startswith(f"{word} - ")


def test_addresses_with_points_of_cards():
    """A hardware address with points stays one."""
    assert re.fullmatch(r"[0-9]{4}\.[0-9]{2}[a-f]{2}\.[a-f]{2}[0-9]{2}", made({"x"}).of("0050.56ab.cd12", "address"))
