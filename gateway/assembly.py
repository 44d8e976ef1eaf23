"""Composition root: settings, files and plug-ins make a gateway."""
