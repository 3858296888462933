"""Normal pupils in normal classes in normal schools: elements within elements."""

NESTED = """
index T, S, N
data y[N]: real
data school[T]: S
data class[N]: T
mu ~ Normal(0, 3)
u[s in S] ~ Normal(mu, 1.5)
v[c in T] ~ Normal(u[school[c]], 0.7)
y[k in N] ~ Normal(v[class[k]], 0.5)
"""
