"""Run nbtrace: ``python -m nbtrace``, or the command ``nbtrace``."""

import os
import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; an interruption while it is still loaded ends it without a word, too."""
    # polars reads it as it is loaded. Memory that was let go of is given back soon: what one phase of the work has used
    # is else held beside that of the next. To give it back at once would cost up to half as much time again. Two
    # pools, not four for each core: what is free in one is not used by another.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10,muzzy_decay_ms:0,narenas:2")
    try:
        from nbtrace.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
