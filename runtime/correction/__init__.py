"""Draws from the guide made draws from the posterior."""
