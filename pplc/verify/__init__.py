"""`pplc check --verify`: the compiled density against the sum over all values, one by one."""
