"""Makers of starter data. Their output goes to the user's cache, never into the project."""
