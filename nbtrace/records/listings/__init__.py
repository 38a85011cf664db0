"""Files of commands' output → what they say: jobs, pending images, catalogs, policies, parameters."""

from nbtrace.records.listings.reading import ListingRead, read_listing
from nbtrace.records.listings.scan import Rules

__all__ = ["ListingRead", "Rules", "read_listing"]
