"""How the shipped models were made; never imported by the gateway."""
