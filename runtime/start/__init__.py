"""Where a fit starts: modes of the log joint, and the guides that they suggest."""
