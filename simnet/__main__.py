"""`python -m simnet` is the command `simnet`."""

from simnet.fronts.cli import main

main()
