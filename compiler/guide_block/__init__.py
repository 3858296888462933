"""The guide block of a spec: what it asks for, lined up with the model."""
