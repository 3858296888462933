"""What to do about a mistake: the help, fixes and words of diagnostics."""
