"""One file for each endpoint of an API: where its text is, how to edit it, how to restore its answers."""
