"""Memory that is given back to the system, once what was read of the logs is done with."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["give_back"]


def give_back() -> None:
    """Give back what the C library keeps of freed memory: each thread that reads keeps tens of megabytes of its chunks.

    That is done where the library can do it (glibc); polars has an allocator of its own, which does so by itself.
    """
    with suppress(AttributeError, OSError, TypeError):  # another library, or another system
        ctypes.CDLL(None).malloc_trim(0)
