"""Plan -> Python source, written through the `ast` module."""
