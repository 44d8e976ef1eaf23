"""Real client libraries against the running gateway: `make compat`."""
