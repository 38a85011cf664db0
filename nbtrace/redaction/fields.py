"""Which fields of the grammars are private names, and of which kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbtrace.grammar.library import Library
    from nbtrace.grammar.lowering import Lowered

__all__ = ["KIND_OF", "NAMED_BY_PEOPLE", "NOT_PRIVATE", "RANK", "SIBLING", "Rule", "listed", "rules"]

# Which kind of name a field of the grammars holds; of several kinds, the first in this order is told.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "client": (
        "backup_id", "client_name", "client_quoted", "client_line", "client_cell", "client_field", "image_phrase",
        "listed_client", "path_client", "catalog_folder", "object_client", "many_clients",
    ),
    "host": (
        "host_name", "host_word", "host_plain", "host_list", "server_cell", "master_cell", "server_field", "full_name",
        "endpoint_name", "url_host", "unc_host", "mounted_host", "storage_server", "media_server", "source_primary",
        "operation_primary", "many_hosts", "resolved_host", "refused_host", "refused_peer",
        "host_line",
    ),
    "lifecycle policy": (
        "slp_name", "slp_word", "lifecycle_name", "lifecycle_quoted", "lifecycle_line", "lifecycle_word",
        "operation_slp",
    ),
    "policy": (
        "policy_name", "policy_quoted", "policy_line", "policy_cell", "policy_field", "class_name", "path_policy",
        "catalog_class", "catalog_class_folder", "catalog_image_policy", "object_policy", "many_policies",
    ),
    "schedule": ("schedule_name", "schedule_quoted", "schedule_word", "schedule_line", "catalog_schedule"),
    "storage": (
        "storage_name", "storage_quoted", "storage_line", "storage_part", "storage_word", "stunit_cell", "disk_volume",
        "operation_storage", "operation_pool", "unc_share", "mounted_share", "many_units",
    ),
    "user": (
        "user_name", "user_quoted", "user_line", "user_word", "home_name", "home_folder", "home_words", "windows_name",
        "subject_name", "owner_cell", "group_cell", "owner_field", "mail_user", "url_user",
    ),
    "domain": ("domain_name", "mail_domain", "directory_part"),
    "secret": ("secret_name", "secret_quoted", "url_secret"),
    "address": ("address_v4", "address_v6", "hardware"),
    "identifier": ("security_id", "unique_id"),
}  # fmt: skip
# And those that a whole line of a listing holds, by the name of its grammar.
_LISTED: Final[Mapping[str, Mapping[str, str]]] = {
    "nbstl": {
        "slp": "slp_name", "classification": "policy_name", "storage": "storage_name", "pool": "storage_name",
        "reader": "host_name", "target_primary": "host_name", "target_slp": "slp_name",
    },
    "stlilist": {"slp": "slp_name", "storage": "storage_name"},
}  # fmt: skip
KIND_OF: Final = {field: kind for kind, fields in _KINDS.items() for field in fields}
NAMED_BY_PEOPLE: Final = ("client", "policy", "lifecycle policy")
RANK: Final = {kind: rank for rank, kind in enumerate(("also", "host id", *_KINDS))}
SIBLING: Final = "sibling"  # what is a name only where it is called as another one is, with another number
NOT_PRIVATE: Final = "version_number"
_WHOLE: Final = "line_"  # how the rules begin that take a whole line


class Rule(NamedTuple):
    """A rule that finds names: those of its ``fields`` that are names, and whether it takes a ``whole`` line."""

    lowered: Lowered
    fields: Sequence[str]
    whole: bool


def rules(library: Library) -> list[Rule]:
    """Return the rules that find names anywhere; versions come first."""
    found = [
        Rule(lowered, fields, start.startswith(_WHOLE))
        for grammar in (*library.private(), *library.identifiers())
        for start in grammar.starts
        for lowered in [grammar.lowered(start)]
        if (fields := [field for field in lowered.fields if field in KIND_OF or field in {NOT_PRIVATE, SIBLING}])
    ]
    return sorted(found, key=lambda rule: NOT_PRIVATE not in rule.fields)


def listed(library: Library) -> Iterator[tuple[Lowered, Mapping[str, str]]]:
    """Yield the rules of listings of which fields are names, with what these are."""
    for grammar in library.listings():
        known = _LISTED.get(grammar.name.removeprefix("listings/"), {})
        for start in grammar.starts:
            lowered = grammar.lowered(start)
            fields = {field: known[field] for field in lowered.fields if field in known}
            if fields:
                yield lowered, fields
