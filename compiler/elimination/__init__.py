"""Which discrete latents are summed out, in which order, at what cost."""
