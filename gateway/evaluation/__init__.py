"""Scores of detection and classification on labelled texts: memory only; `gateway.cli.evaluate` reads and prints."""
