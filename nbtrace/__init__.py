"""nbtrace: follow every NetBackup A.I.R. import through its eight steps, from the logs alone."""

__version__ = "0.1.0"
