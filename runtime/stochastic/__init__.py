"""The engine for minibatches and networks."""
