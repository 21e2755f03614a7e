"""A made-up NPS account: what is true of it, how it is sent, and the records that must come of it."""
