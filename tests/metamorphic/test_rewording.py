"""What is decided does not hang on the words: every message said otherwise gives the same verdicts."""

from __future__ import annotations

import re
import zlib

import polars as pl
import pytest

# A token with a digit, a sign or an underscore in it, or an option: an id, a number, a key, a path. Then names of daemons and commands, a status
# with its number, a job with its number: these are no words.
_KEPT = re.compile(
    r"""[^\s]*[0-9_=@;\\/<>|]+[^\s]*            # ids, numbers, keys, paths
    |(?<![\w-])-+[A-Za-z][\w-]*                 # options of a command line
    |(?:exit[ ]status|status|stat|rc|st|emm[ ]code|code)[ ]*=?[ ]*[0-9]+
    |\bjob[ _]?id\b[ ]*=?[ ]*[0-9]*
    |\b(?:bp|nb)[a-z]+\b                        # daemons and commands
    |\b(?:ERR|INF|WRN|FTL)[ ]-                  # marks of legacy logs
    """,
    re.VERBOSE,
)
# What tells a status, with its number.
_STATUS = re.compile(r"(?i)\b(exit status|status|stat|rc|st|emm code|code|with|result)\b\W{0,3}[0-9]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


def reword(message, word):
    """Return the message with every ordinary word replaced by ``word(it)``."""
    parts, last = [], 0
    for kept in _KEPT.finditer(message):
        parts += [_WORD.sub(lambda found: word(found[0]), message[last : kept.start()]), kept[0]]
        last = kept.end()
    return "".join([*parts, _WORD.sub(lambda found: word(found[0]), message[last:])])


def turned(message):
    """Return the message with the words before its first comma or colon behind the rest."""
    head, sign, rest = message.partition(", ")
    return f"{rest}, {head}" if sign and "\n" not in message else message


def meaningless(word):
    """Return a word without a meaning, always the same for the same word."""
    number = zlib.crc32(word.lower().encode())
    return "".join(consonant + vowel for consonant, vowel in zip(*_letters(number), strict=True))


def _letters(number):
    return ["bdghjklmpqvwxz"[number >> shift & 7] for shift in (0, 5, 10)], [
        "aouy"[number >> shift & 3] for shift in (3, 8, 13)
    ]


SYNONYMS = {
    "received": "got",
    "inserting": "adding",
    "inserted": "added",
    "insert": "add",
    "accepted": "took",
    "submitted": "queued up",
    "added": "collected",
    "created": "made",
    "starting": "launching",
    "start": "launch",
    "granted": "allotted",
    "resources": "means",
    "requesting": "asking for",
    "requests": "asks for",
    "read": "fetched",
    "sent": "shipped",
    "validating": "verifying",
    "validated": "verified",
    "imported": "brought in",
    "import": "intake",
    "finished": "ended",
    "done": "finished",
    "cannot": "could not",
    "refused": "rejected",
    "failed": "went wrong",
    "error": "failure",
    "event": "notice",
    "batch": "group",
    "image": "object",
    "record": "entry",
    "exiting": "leaving",
    "initiating": "beginning",
    "waiting": "on hold",
    "leaving": "exiting",
    "over": "finished",
    "ended": "closed",
    "row": "record",
    "gone": "concluded",
    "kept": "stored",
    "good": "sound",
    "bad": "unsound",
    "dropped": "discarded",
    "pushed": "delivered",
    "lost": "missed",
    "listed": "noted",
    "takes": "collects",
}
GERMAN = {
    "received": "empfangen",
    "event": "Ereignis",
    "image": "Abbild",
    "images": "Abbilder",
    "for": "für",
    "from": "von",
    "to": "an",
    "the": "das",
    "is": "ist",
    "not": "nicht",
    "of": "von",
    "with": "mit",
    "into": "in die",
    "and": "und",
    "inserting": "füge ein",
    "inserted": "eingefügt",
    "record": "Satz",
    "row": "Zeile",
    "accepted": "angenommen",
    "cannot": "kann nicht",
    "refused": "abgelehnt",
    "rejected": "abgelehnt",
    "failed": "gescheitert",
    "error": "Fehler",
    "import": "Einfuhr",
    "imported": "eingeführt",
    "batch": "Stapel",
    "submitted": "übergeben",
    "created": "erzeugt",
    "starting": "beginne",
    "start": "beginnen",
    "resources": "Betriebsmittel",
    "granted": "zugeteilt",
    "requesting": "erbitte",
    "allocated": "belegt",
    "read": "gelesen",
    "bytes": "Zeichen",
    "sent": "gesandt",
    "validating": "prüfe",
    "validated": "geprüft",
    "catalog": "Verzeichnis",
    "finished": "beendet",
    "done": "fertig",
    "ended": "geendet",
    "exiting": "verlasse",
    "leaving": "gehe",
    "initiating": "hebe an",
    "waiting": "wartend",
    "queued": "eingereiht",
    "over": "vorbei",
    "gone": "fort",
    "backup": "Sicherung",
    "restore": "Rückholung",
    "duplication": "Verdopplung",
    "lost": "verloren",
    "missing": "fehlt",
}


def synonymous(word):
    """Return another English word for the same, where one is listed."""
    return SYNONYMS.get(word.lower(), word)


def german(word):
    """Return the German word, or for one that is not listed one of the small words that mean little."""
    return GERMAN.get(word.lower()) or ("der", "ein", "wohl", "so")[zlib.crc32(word.lower().encode()) % 4]


def unchanged(text):
    """Return the text as it is."""
    return "".join(text)


# Each rewording: what becomes of a message, and of a function name.
REWORDINGS = {
    "synonyms": (lambda message: turned(reword(message, synonymous)), unchanged),
    "german": (lambda message: reword(message, german), unchanged),
    "meaningless": (lambda message: turned(reword(message, meaningless)), unchanged),
    "functions_too": (lambda message: reword(message, meaningless), lambda name: f"f{zlib.crc32(name.encode())}"),
}


def reworded(entries, of_message, of_function):
    """Return the entries with every message and function name rewritten."""
    return entries.with_columns(
        pl.col("message").map_elements(of_message, return_dtype=pl.String),
        pl.col("function").map_elements(of_function, return_dtype=pl.String),
    )


def told(images):
    """Return verdict, failed step and status code of each image."""
    rows = images.select("image_id", "verdict", "failed_step", "status_code").iter_rows()
    return {image: (verdict, step, code) for image, verdict, step, code in rows}


@pytest.mark.parametrize("rewording", REWORDINGS)
def test_other_words(night, rewording):
    """With other words, in another order or language or without any meaning, every verdict, step and code stays."""
    entries = reworded(night.entries, *REWORDINGS[rewording])
    same = (night.entries["message"] == entries["message"]).mean()

    assert same < 0.7  # the rest has no word that is listed
    assert told(night.traced(entries)) == told(night.traced(night.entries))


def test_words_that_say_no_status(night):
    """Where not even a status can be read, no imported image is claimed to have stopped."""

    def mute(message):
        return _STATUS.sub("", reword(message, meaningless))

    found = told(night.traced(reworded(night.entries, mute, unchanged)))
    imported = [image.image_id for image in night.truth.images if image.verdict == "imported"]
    assert {found[image][0] for image in imported} <= {"imported", "undetermined"}
    assert set(found) == {image.image_id for image in night.truth.images}


def test_the_rewriter():
    """The rewriter changes words only: ids, numbers, keys, statuses and names of daemons stay as they are."""
    message = "ERR - cannot start bpdm for image a_1795188184, jobid=815: no way, exit status 58 slp=slp_x"
    left = [w for w in reword(message, meaningless).split() if w in message.split()]

    assert left == ["ERR", "-", "bpdm", "a_1795188184,", "jobid=815:", "exit", "status", "58", "slp=slp_x"]
    assert reword("image inserted", german) == "Abbild eingefügt"
    assert turned("read a, sent b") == "sent b, read a"
