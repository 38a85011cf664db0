"""What is known of NetBackup apart from its log formats: status codes, originators, daemons, remedies.

The facts are data files beside the modules, each fact with its source; the modules only look them up.
"""

from __future__ import annotations

from nbtrace.knowledge.codes import StatusCode, finding_of, is_resource_detail, is_summary, status, summary_codes
from nbtrace.knowledge.daemons import ROLES, Daemon, daemon, originator_name, originator_of, role_of
from nbtrace.knowledge.findings import FindingText, finding

__all__ = [
    "ROLES",
    "Daemon",
    "FindingText",
    "StatusCode",
    "daemon",
    "finding",
    "finding_of",
    "is_resource_detail",
    "is_summary",
    "originator_name",
    "originator_of",
    "role_of",
    "status",
    "summary_codes",
]
