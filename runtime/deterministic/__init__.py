"""The engine for full data."""
