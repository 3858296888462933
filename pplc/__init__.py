"""pplc: a compiler for declarative probabilistic models."""
