"""What the user meant by a statement that cannot be read: recognizers over its tokens."""
