"""Senders: they carry a notice out of the house and say what became of it."""
