"""Labels that nobody chose as a word: all other words, and what is heard when nobody speaks."""

UNKNOWN = "_unknown_"
BACKGROUND = "_background_"
BACKGROUND_NAMES = frozenset({BACKGROUND, "_background_noise_", "_silence_"})  # as other tools' data sets have them


def is_background(label: str) -> bool:
    return label in BACKGROUND_NAMES
