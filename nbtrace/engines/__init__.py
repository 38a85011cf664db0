"""Where the parsing runs."""
