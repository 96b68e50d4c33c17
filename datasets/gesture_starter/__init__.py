"""Gestures of simulated arms, made on the user's machine: see CARD.md."""
