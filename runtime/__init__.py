"""What generated modules and fits run on: laws, constraints, contraction, engines, results."""
