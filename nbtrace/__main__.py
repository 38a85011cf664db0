"""Run nbtrace as ``python -m nbtrace``."""

from nbtrace.cli.main import main

main()
