"""`python -m pplc` is the command line."""

from pplc.cli import main

main()
