"""Words that stay: NetBackup's own, and what every site has.

A name that is one of these words is not replaced, because the logs would lose their meaning: a client called ``backup``
would take the word out of every message. Such names are told to whoever redacts.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from nbtrace.knowledge.codes import statuses
from nbtrace.knowledge.daemons import originators, spellings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.grammar.library import Grammar

__all__ = ["ENDINGS", "is_english", "is_form", "is_ordinary", "is_own", "kept_words"]

# Users and groups that every system has, NetBackup's own nouns, names that its installation gives (log-formats.md §1.2
# and §3, H), and volumes that are called the same everywhere (import-flow.md §2.1).
_OWN: Final = """
    root admin admins administrator administrators all_admins system service nobody daemon guest public user users wheel
    sudo nbwebsvc nbwebgrp nbsvcusr nbsvc localsystem networkservice localservice authority nt builtin everyone
    localhost localdomain loopback broadcasthost
    master primary media client clients server servers host hosts hostname node peer machine appliance origin source
    target storage disk tape volume pool unit drive robot device mover stream fragment copy image images backup backups
    restore restores import imports export duplicate duplication replica replication replicate archive catalog snapshot
    verify validate policy policies slp slps lifecycle schedule schedules full incr incremental differential cumulative
    job jobs jobid parentid backupid imageid reqid mediaid diskvolume diskpool storageserver mediaserver path file_id
    event events record records row entry batch list queue request response message window phase1 phase2 phase
    bpimport bpdm bptm bpbrm bpdbm bprd bpcd bpduplicate bprestore bpbackup bpbkar bpcompatd bpexpdate bpimagelist
    bpimmedia bpverify bpjobd bpsched bpfis bphdb nbreplicate nbstlutil nbdevquery nbdevconfig nbemmcmd bpdbjobs
    vxlogview vxlogmgr vxlogcfg nbcplogs nbsu nbdna bppllist bpplinfo bperror spad spoold pdde msdp nbdb vnetd pbx
    puredisk purediskvolume dataDomain advanceddisk basicdisk openstorage stu_disk netbackup veritas symantec cohesity
    openv usr opt var etc tmp mnt vol volmgr db vrtspbx vxics vx bin goodies support admincmd program files windows
    install logs log debug legacy unified raw text txt out old new all copy data file print my nblogs view vxul gz zip
    tar tgz bz2 xz zst csv json xml html conf cfg ini dat err
    windows linux unix solaris aix hpux vmware hyper-v oracle sap mssql sql exchange sharepoint db2 ndmp hana nutanix
    kubernetes standard ms-windows utf-8 ascii utc gmt cet cest est edt pst pdt
    default unknown none null nil true false yes no ok on off any self local remote test example unnamed anonymous
    main int char void const std new delete operator this
"""
# English that stands behind a word such as "client" and is no name, and what legacy logs write behind the name of a
# function, as in `connect_client: ERR - `.
_ENGLISH: Final = """
    err inf wrn
    kb mb gb seconds minutes bytes parameters alive
    a about above accepted across added after again all already also an and another any are as asked at away back be
    because been before began begin begins behind being below between both but by call called calls came can cannot
    changed check checked closed come comes connected connects could created current date day days deleted dev did
    disappeared do does done down due during each either else empty end ended ends every exists expected expired failed
    first for found free from get gets given gives go goes gone good got group had handed has have he her here his how
    if in inside instead into is it its itself just kept key keyword last later least left less like list listed long
    lost made makes many marked may me might missing more most moved must my name named names near need needs never next
    no none nor not nothing now number of off offline often ok old on once one online only open opened or other others
    our out outside over own part passed per point present put ran reached read reads ready received refused registered
    rejected removed reply reported requested requests required returned returns run running runs said same says second
    see seen selected send sends sent set several shall she should side since size so some soon space start started
    starts state still stopped stops such takes taken tells than that the their them then there these they this those
    though three through time times to together too took tries turned turns two type under until up updated us use used
    uses using value very via wait waits wants was way we went were what when where which while who whole whom whose why
    will with within without word worked works would written wrote yet you your zero
"""

# Last labels of host names; they say nothing of a site and stay. Countries are learnt by their two letters.
_ENDINGS: Final = """
    com net org edu gov mil int info biz arpa local localdomain lan internal intern intra corp home domain example test
    invalid cloud io
"""
ENDINGS: Final = frozenset(_ENDINGS.split())
_OWN_WORDS: Final = frozenset(_OWN.lower().split())
_ENGLISH_WORDS: Final = frozenset(_ENGLISH.split())
_SHORTEST: Final = 4  # letters of a word that has forms
_LETTERS: Final = re.compile(r"[A-Za-z]+")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*")


def is_english(word: str) -> bool:
    """Tell whether a word in lower case is one of those between which names stand."""
    return word in _ENGLISH_WORDS


def is_own(word: str) -> bool:
    """Tell whether a word in lower case is one of NetBackup's own, or English between which names stand."""
    return word in _OWN_WORDS or is_english(word)


def is_ordinary(word: str, evidence: Sequence[Grammar]) -> bool:
    """Tell whether a word of letters only is one that rules of evidence look for, such as ``unsuccessful``."""
    return bool(_LETTERS.fullmatch(word)) and any(rule.search(word) for rule in _rules(tuple(evidence)))


def is_form(word: str, grammars: Sequence[Grammar]) -> bool:
    """Tell whether a word in lower case is a form of one that grammars look for, such as ``inserted`` of ``insert``."""
    words = _words(tuple(grammars))
    ends = ("", "s", "es", "d", "ed", "ing", "ion", "ions")
    return word.isalpha() and any(word.endswith(end) and word.removesuffix(end) in words for end in ends)


@cache
def kept_words(grammars: tuple[Grammar, ...]) -> frozenset[str]:
    """Return the words that stay, in lower case.

    They are the words of the status codes, of the daemons and of the grammars, and a few that stand here.
    """
    texts = [text for code in statuses().values() for text in (code.name, code.cause, code.remedy)]
    said = {word.lower() for text in texts for word in re.findall(r"[A-Za-z]{2,}", text)}
    rules = {word.lower() for grammar in grammars for word in _WORD.findall(_rules_of(grammar.text)) if len(word) > 1}
    daemons = {*spellings(), *(name.lower() for name in originators().values())}
    return frozenset({*_OWN_WORDS, *_ENGLISH_WORDS, *ENDINGS, *said, *rules, *daemons})


def _rules_of(text: str) -> str:
    """Return a grammar without its comments, which quote names."""
    return "\n".join(line for line in text.split("\n") if not line.startswith("//"))


@cache
def _rules(evidence: tuple[Grammar, ...]) -> list[re.Pattern[str]]:
    return [re.compile(grammar.lowered(start).pattern) for grammar in evidence for start in grammar.starts]


@cache
def _words(grammars: tuple[Grammar, ...]) -> frozenset[str]:
    texts = [_rules_of(grammar.text) for grammar in grammars]
    return frozenset(word.lower() for text in texts for word in _LETTERS.findall(text) if len(word) >= _SHORTEST)
