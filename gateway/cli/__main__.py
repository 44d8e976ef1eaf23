"""`python -m gateway.cli` is `privacy-gateway`."""

from gateway.cli.main import main

main()
