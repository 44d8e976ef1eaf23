"""Policy as code: document, compile, decide, and the cases that test it."""
