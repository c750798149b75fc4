"""How a server is watched by other programs: metrics for Prometheus, traces for OpenTelemetry."""
