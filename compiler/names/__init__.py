"""What the names of a spec stand for, and in which order its statements are computed."""
