"""The catalogue: one frozen class per diagnostic code, in files by family."""
