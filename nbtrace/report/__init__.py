"""What a person or a script sees of an analysis: the terminal report and the CSV files."""
