"""From syntax tree to Python source: typed graph, analyses, code generation. No torch, no numpy."""
