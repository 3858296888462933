"""How far to trust a fit, and which latents are off."""
