"""Packaged field mappings of foreign logs, one TOML file each."""
