"""What values are: kinds, and what operations keep of supports and structure."""
