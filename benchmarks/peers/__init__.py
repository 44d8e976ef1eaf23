"""What a request costs here and with others, started by one script in one run: `make peers`."""
