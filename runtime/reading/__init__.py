"""From data files to checked tensors."""
