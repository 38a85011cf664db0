"""Which host each log comes from, how that is known, and what kind of host it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, ip_network
from itertools import takewhile
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import polars as pl

from nbtrace import knowledge
from nbtrace.bundle.options import near, pair
from nbtrace.bundle.places import Place, place
from nbtrace.errors import InputError
from nbtrace.listed import LISTING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

__all__ = ["assign", "host_of_id"]

_Named: TypeAlias = tuple[str, str]  # a host, and where its name comes from
_Key = TypeVar("_Key")
PRIVATE: Final = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def assign(logs: pl.DataFrame, *, folder: str, options: Sequence[str] = ()) -> pl.DataFrame:
    """Return the logs with the columns ``host, host_source, role``.

    The host is that of an option ``PATH=NAME`` (the beginning of a path or a glob; the last one that fits), else the
    folder that holds an installation's tree of logs, else the host id in the name of a unified log, else the folder
    or file name into which somebody sorted it, else ``folder``, the one that was handed in. A legacy log beside the
    unified logs of one host is taken as its own.

    Raises:
        InputError: an option is not of that form or fits no log.
    """
    places = {path: place(path) for path in logs["path"]}
    # Where somebody laid a listing does not change whose the logs are.
    logs_only = logs.filter(pl.col("format") != LISTING)["path"] if "format" in logs.columns else logs["path"]
    common = _common([places[path].folders for path in (logs["path"] if logs_only.is_empty() else logs_only)])
    files = [
        _File(path, host_id or "", places[path], "".join(places[path].folders[len(common) : len(common) + 1]))
        for path, host_id in logs.select("path", "host_id").iter_rows()
    ]
    found = {path: (host, "option") for path, host in _wanted(list(places), options).items()}
    found |= _of_trees([file for file in files if file.path not in found])
    homes = _homes(files, found)
    found |= _sorted_by_hand([file for file in files if file.path not in found], homes, [folder, *common][-1])
    named = logs.with_columns(
        host=pl.Series([found[path][0] for path in logs["path"]], dtype=pl.String),
        host_source=pl.Series([found[path][1] for path in logs["path"]], dtype=pl.String),
    )
    return named.with_columns(role=pl.col("host").replace_strict(_roles(named), return_dtype=pl.String))


def host_of_id(host_id: str) -> str:
    """Return a name for the host of a unified host id: by its address where the id is one, else by the id itself.

    Ids seen in public, read as little-endian bytes, were private addresses (log-formats.md §1.1, M).
    """
    number = int(host_id)
    address = IPv4Address(number.to_bytes(4, "little")) if number < 2**32 else None
    return f"host-{address}" if address and any(address in network for network in PRIVATE) else f"host-{host_id}"


@dataclass(frozen=True, slots=True)
class _File:
    """One log, with what its path and name say of its host."""

    path: str
    host_id: str  # of a unified file name; empty without one
    place: Place
    group: str  # the folder that tells the files of one host from those of others; empty in a flat bundle


def _common(paths: Collection[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the folders with which all paths begin."""
    first, last = min(paths, default=()), max(paths, default=())  # where these two agree, all between them do
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return tuple(folder for folder, _ in pairs)


def _wanted(paths: Collection[str], options: Sequence[str]) -> dict[str, str]:
    """Return the hosts that options ``PATH=NAME`` give to paths."""
    hosts: dict[str, str] = {}
    for option in options:
        text, host = pair(option, "PATH=NAME")
        start = text.replace("\\", "/").removeprefix("./").rstrip("/")
        fitting = [path for path in paths if _fits(path.replace("\\", "/"), start)]
        if not fitting:
            known = {prefix for path in paths for prefix in _prefixes(path)}
            hint = near(start, known, otherwise="PATH is the beginning of a path inside the bundle, or a glob.")
            raise InputError(f"No log of the bundle lies under '{start}': {hint}")
        hosts |= dict.fromkeys(fitting, host)
    return hosts


def _fits(path: str, start: str) -> bool:
    return path == start or path.startswith(f"{start}/") or fnmatchcase(path, start)


def _prefixes(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))


def _of_trees(files: Sequence[_File]) -> dict[str, _Named]:
    """Name files by the folder that holds an installation's tree, those that lie beside the tree as well.

    Where unified logs of several hosts lie in one tree, it is that of the host with most of them, if there is one.
    """
    trees = [file for file in files if file.place.in_tree]
    ids = Counter((file.place.folders, file.host_id) for file in trees if file.host_id)
    all_ids = Counter(file.place.folders for file in trees if file.host_id)
    owners = {folders: host_id for (folders, host_id), count in ids.items() if 2 * count > all_ids[folders]}
    homes = {file.place.folders for file in trees}
    return {
        file.path: (file.place.folders[-1], "path")
        for file in files
        if file.place.folders in homes and file.host_id in {"", owners.get(file.place.folders)}
    }


def _homes(files: Iterable[_File], found: Mapping[str, _Named]) -> dict[str, str]:
    """Return the host of each host id that lies in the files of one named host only."""
    hosts = _collect((file.host_id, found[file.path][0]) for file in files if file.path in found and file.host_id)
    return {host_id: next(iter(names)) for host_id, names in hosts.items() if len(names) == 1}


def _sorted_by_hand(files: Sequence[_File], homes: Mapping[str, str], top: str) -> dict[str, _Named]:
    """Name files that lie in no tree: by host id, by label, by the id beside them, by the folder they were put into."""
    ids = _collect((file.group, file.host_id) for file in files if file.host_id)
    groups = _collect((file.host_id, file.group) for file in files if file.host_id)

    def of_id(host_id: str, group: str) -> _Named:
        if host_id in homes:
            return homes[host_id], "name"
        is_sorted = group and ids[group] == {host_id} and groups[host_id] == {group}
        return (group, "folder") if is_sorted else (host_of_id(host_id), "name")

    def of(file: _File) -> _Named:
        if file.host_id:
            return of_id(file.host_id, file.group)
        if file.place.label and not file.group:
            return file.place.label, "name"
        beside = ids.get(file.group, set())
        host = of_id(next(iter(beside)), file.group)[0] if len(beside) == 1 else file.group or top
        return host, "folder"

    return {file.path: of(file) for file in files}


def _roles(logs: pl.DataFrame) -> dict[str, str]:
    """Return the role of each host: the strongest that one of its logs proves."""
    spoken = logs.select("host", "speakers").explode("speakers")
    proven = _collect((host, knowledge.role_of(log)) for host, log in spoken.iter_rows())
    return {host: next((role for role in knowledge.ROLES if role in roles), "") for host, roles in proven.items()}


def _collect(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, set[str]]:
    found: defaultdict[_Key, set[str]] = defaultdict(set)
    for key, value in pairs:
        found[key].add(value)
    return dict(found)
