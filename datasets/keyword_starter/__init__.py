"""Spoken keywords in synthesised voices, made on the user's machine."""
