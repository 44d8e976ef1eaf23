"""Privacy gateway: finds, judges, transforms, routes, restores and proves LLM traffic.

Read `gateway/pipeline.py` first: it is one request from top to bottom.
"""

__version__ = "0.1.0"
