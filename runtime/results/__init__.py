"""What becomes of a fit: recovered values, summaries, files."""
