"""From text to syntax tree: grammar, parser, formatter, diagnostics. No torch, no numpy."""
