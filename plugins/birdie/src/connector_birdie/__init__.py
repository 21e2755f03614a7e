"""Birdie as a target of connector-core."""
