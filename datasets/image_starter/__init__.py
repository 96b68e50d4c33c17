"""Drawn scenes, made on the user's machine: see CARD.md."""
