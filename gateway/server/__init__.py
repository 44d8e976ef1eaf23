"""The imperative shell: HTTP in, plan, audit, send, restore, HTTP out."""
