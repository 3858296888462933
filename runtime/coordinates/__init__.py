"""The coordinates in which guides are optimised, and the curvature behind them."""
