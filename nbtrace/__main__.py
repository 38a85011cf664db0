"""Run nbtrace: ``python -m nbtrace``, or the command ``nbtrace``."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; an interruption while it is still loaded ends it without a word, too."""
    try:
        from nbtrace.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
