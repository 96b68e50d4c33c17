"""A simulated slow sensor, made on the user's machine: see CARD.md."""
