"""The engine: read, match, plan, apply, journal. It knows connectors only by their protocol."""
