"""Accounts whose every record is odd in a way of its own, with what must become of each, said beside it."""
