"""What touches the world: Presidio and spaCy, HTTP upstreams, audit files, telemetry."""
