"""The derived guide: from what depends on what to blocks that are drawn together."""
