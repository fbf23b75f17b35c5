"""The room of the web console; empty in this version (docs/limits.md)."""
