"""The project folder: recordings, the catalogue of what they are, edits with undo, splits, quality, runs."""
