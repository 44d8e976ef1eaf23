"""The commands: thin, each a short path from arguments to the layers below."""
