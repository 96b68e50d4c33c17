"""Colours, type and space, as roles. Code names roles and never colours; light or dark is chosen in one place.

`current()` is the theme in use. Painted widgets ask it in `paintEvent` and keep nothing; those that keep something
made of colours (an icon, a colour table) make it anew on `current().changed`.
"""

import functools
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from studio.core.errors import NotFound
from studio.core.files import write_text
from studio.core.settings import cache_folder
from studio.core.text import mark

# Type, px at 100 % of text. Letters are set a little closer from PAGE up, a little wider at CAPTION.
CAPTION, BODY, SECTION, PAGE, FIGURE, ELAPSED, ANSWER, PROMPT = 12, 13, 16, 20, 28, 40, 56, 96
TEXT, NAME, HEAD, VALUE, TITLE = 400, 450, 500, 550, 600  # weights

# Space, px. Lengths that hold text (the lines from TITLE_ROW to CONTROL) are at 100 % of text too: see `px`.
S4, S8, S12, S16, S24 = 4, 8, 12, 16, 24
PAGE_MARGIN, COLUMN_GAP, CARD_GAP = 24, 24, 14
TITLE_ROW, PAGE_HEADER, STRIP, NOTICE = 40, 56, 28, 52
RAIL, RAIL_COLLAPSED, INSPECTOR = 168, 56, 288
CONTROL, TOOLBAR_CONTROL, RADIUS, CARD_RADIUS = 32, 28, 6, 8
TEXT_PERCENTS = (100, 125, 150, 175, 200)  # how large text may be
_SHEET_HEIGHTS = {"control": CONTROL, "record": 40, "slim": TOOLBAR_CONTROL, "part": 26, "link": 24}

# role: (light, dark). Text is at least 4.5:1 on every ground it is used on, edges and marks 3:1; a test measures it.
ROLES: dict[str, tuple[str, str]] = {
    "bg": ("#F6F7F9", "#15181D"),  # the frame
    "surface": ("#FFFFFF", "#1E232A"),  # a page
    "well": ("#FAFBFC", "#181C22"),  # under a plot
    "field": ("#FFFFFF", "#181C22"),  # what one types into
    "line": ("#E2E6EB", "#2C333C"),  # divides parts
    "line2": ("#CDD3DB", "#3E4753"),  # around what one picks up
    "edge": ("#858E9C", "#717C8B"),  # around what one types into
    "hover": ("#EEF1F5", "#272D36"),
    "fill": ("#ECEFF3", "#2B323C"),  # buttons, chips, tracks
    "press": ("#DFE4EA", "#363F4B"),
    "sel": ("#E4EEFA", "#243750"),  # selected, and the ground of accent chips
    "text": ("#1B2028", "#E8EBF0"),
    "muted": ("#566070", "#A6B0BF"),
    "faint": ("#98A2B0", "#6C7685"),  # disabled, nothing else
    "accent": ("#0B62C4", "#7DB4FF"),
    "accent_hover": ("#0954A9", "#93C0FF"),
    "accent_press": ("#084890", "#A9CDFF"),
    "on_accent": ("#FFFFFF", "#0E1A2B"),
    "record": ("#C62A20", "#F0564A"),
    "record_hover": ("#AA241C", "#F26E64"),
    "record_press": ("#921F18", "#F4867D"),
    "on_record": ("#FFFFFF", "#1A0A08"),
    "ok": ("#1A7340", "#6CCB8F"),
    "ok_ground": ("#E5F3EA", "#1D3328"),
    "warn": ("#8A5A00", "#F0B44C"),
    "warn_ground": ("#FBF0DA", "#3A3020"),
    "err": ("#B3261E", "#FF8A80"),
    "err_ground": ("#FBE9E7", "#3F2628"),
    "wave": ("#33425C", "#C3CEDF"),  # a waveform's RMS, traces
    "wave_soft": ("#8591A5", "#66738A"),  # a waveform's peaks
    "neutral": ("#6B7585", "#97A2B2"),  # background classes, the compared curve
    "knob": ("#FFFFFF", "#E8EBF0"),
    "shadow": ("#1B2028", "#000000"),
}

# Six hues for what the user names; other words, noise and no gesture take `neutral`. No text is ever set on them.
CLASSES = (
    ("#1C46CA", "#E06010", "#3D917C", "#A4277A", "#625101", "#AC70E9"),
    ("#86A9F7", "#E79363", "#4FE8DA", "#D42975", "#F0E331", "#8755E6"),
)

# Lightness falls (light) or rises (dark) evenly.
SPECTROGRAM = (
    ((0.0, "#FFFFFF"), (0.25, "#E3ECF8"), (0.5, "#92B4E3"), (0.75, "#3A5FAE"), (1.0, "#131C46")),
    ((0.0, "#161A20"), (0.25, "#1C2C49"), (0.5, "#2F5796"), (0.75, "#78A9EC"), (1.0, "#FBF3DC")),
)
# Lower on the board, equal, higher.
DIFFERENCE = (
    ((0.0, "#B3261E"), (0.5, "#FFFFFF"), (1.0, "#0B62C4")),
    ((0.0, "#B3261E"), (0.5, "#1E232A"), (1.0, "#0B62C4")),
)

_TEXT_FAMILIES = ("Inter",)
_DISPLAY_FAMILIES = ("Inter Display", "Inter")
_MONO_FAMILIES = ("JetBrains Mono", "DejaVu Sans Mono", "Menlo", "Consolas")


class Choice(Enum):
    LIGHT = "light"
    DARK = "dark"
    FOLLOW = "follow"  # what the desktop says


class Theme(QObject):
    """The roles in light or dark. `changed` comes after palette and sheet are in place."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = Choice.FOLLOW
        self.is_dark = False
        self.text_percent = 100
        self._colours: dict[str, QColor] = {}
        self._fill_in()

    def role(self, name: str) -> QColor:
        """The colour of a role in ROLES; not to be changed by the caller."""
        return self._colours[name]

    def tint(self, name: str, opacity: float) -> QColor:
        """A role's colour, see-through: opacity 0..1."""
        colour = QColor(self._colours[name])
        colour.setAlphaF(opacity)
        return colour

    @property
    def classes(self) -> list[QColor]:
        """The colours of the user's classes, in their order; a seventh class begins again."""
        return self._classes

    def class_colour(self, index: int | None) -> QColor:
        """The colour of the class at `index` among those the user named; None: a background class."""
        return self._colours["neutral"] if index is None else self._classes[index % len(self._classes)]

    @property
    def spectrogram(self) -> list[int]:
        """256 colours (0xAARRGGBB) for an Indexed8 image of levels, quiet first."""
        return _ramp(SPECTROGRAM[self.is_dark])

    @property
    def difference(self) -> list[int]:
        """256 colours for a signed difference; 128 is none."""
        return _ramp(DIFFERENCE[self.is_dark])

    def choose(self, choice: Choice) -> None:
        """Light, dark, or as the desktop says; applied at once."""
        self.choice = choice
        scheme = QGuiApplication.styleHints().colorScheme()
        dark = choice is Choice.DARK or (choice is Choice.FOLLOW and scheme == Qt.ColorScheme.Dark)
        if dark != self.is_dark:
            self.is_dark = dark
            self._fill_in()
        self._apply()

    def size_text(self, percent: int) -> None:
        """How large text is, and what holds it: 100 to 200. Widgets that are there keep theirs: do it before any."""
        self.text_percent = min(max(percent, TEXT_PERCENTS[0]), TEXT_PERCENTS[-1])
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.setFont(font())
            self._apply()

    def install(self, application: QApplication) -> None:
        """Fusion, the application's font, and the desktop's wish heard from now on. `choose` does the rest."""
        application.setStyle("Fusion")
        application.setFont(font())
        application.styleHints().colorSchemeChanged.connect(self._follow)

    def _follow(self) -> None:
        if self.choice is Choice.FOLLOW:
            self.choose(self.choice)

    def _fill_in(self) -> None:
        self._colours = {name: QColor(both[self.is_dark]) for name, both in ROLES.items()}
        self._classes = [QColor(name) for name in CLASSES[self.is_dark]]

    def _apply(self) -> None:
        application = QApplication.instance()
        if not isinstance(application, QApplication):
            return
        sheet = _sheet(self.is_dark)
        if application.styleSheet() != sheet:  # it polishes every widget there is
            application.setPalette(self._palette())
            application.setStyleSheet(sheet)
            self.changed.emit()

    def _palette(self) -> QPalette:
        role, kinds = self.role, QPalette.ColorRole
        palette = QPalette()
        for kind, name in (
            (kinds.Window, "bg"),
            (kinds.WindowText, "text"),
            (kinds.Base, "surface"),
            (kinds.AlternateBase, "well"),
            (kinds.Text, "text"),
            (kinds.PlaceholderText, "muted"),
            (kinds.Button, "fill"),
            (kinds.ButtonText, "text"),
            (kinds.BrightText, "on_accent"),
            (kinds.Light, "surface"),
            (kinds.Midlight, "hover"),
            (kinds.Mid, "line2"),
            (kinds.Dark, "edge"),
            (kinds.Shadow, "shadow"),
            (kinds.Highlight, "accent"),
            (kinds.Accent, "accent"),
            (kinds.HighlightedText, "on_accent"),
            (kinds.Link, "accent"),
            (kinds.LinkVisited, "accent"),
            (kinds.ToolTipBase, "text"),
            (kinds.ToolTipText, "surface"),
        ):
            palette.setColor(kind, role(name))
        for kind in (kinds.WindowText, kinds.Text, kinds.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, kind, role("faint"))
        return palette


@functools.cache
def current() -> Theme:
    """The theme of this process."""
    return Theme()


def font(size: int = BODY, weight: int = TEXT, *, mono: bool = False) -> QFont:
    """A font of the scale. size: px at 100 %, one of the constants above. Digits are as wide as each other."""
    return QFont(_font(px(size), size, weight, mono))


def px(length: float) -> int:
    """A length that holds text, which is `length` px at 100 %, at the present size of text."""
    return round(length * current().text_percent / 100)


def column(width: float) -> int:
    """The width of a column beside what matters more: it grows less than its text, which wraps or is cut."""
    return round(width + 0.4 * (px(width) - width))


@functools.lru_cache(maxsize=64)
def _font(pixels: int, size: int, weight: int, mono: bool) -> QFont:  # noqa: FBT001
    families = _MONO_FAMILIES if mono else _DISPLAY_FAMILIES if size >= PAGE else _TEXT_FAMILIES
    fallback = QFontDatabase.SystemFont.FixedFont if mono else QFontDatabase.SystemFont.GeneralFont
    made = QFontDatabase.systemFont(fallback)
    made.setFamilies([*families, *made.families()])
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    if not mono:
        made.setLetterSpacing(
            QFont.SpacingType.AbsoluteSpacing, 0.1 if size <= CAPTION else -0.3 if size >= PAGE else 0
        )
    return made


@functools.lru_cache(maxsize=8)
def _ramp(stops: Sequence[tuple[float, str]]) -> list[int]:
    table = []
    for level in range(256):
        at = level / 255
        upper = next(i for i in range(1, len(stops)) if stops[i][0] >= at)
        (low, from_name), (high, to_name) = stops[upper - 1], stops[upper]
        share = (at - low) / (high - low)
        start, end = QColor(from_name), QColor(to_name)
        table.append(
            QColor(
                round(start.red() + share * (end.red() - start.red())),
                round(start.green() + share * (end.green() - start.green())),
                round(start.blue() + share * (end.blue() - start.blue())),
            ).rgb()
        )
    return table


def resource(name: str) -> Path:
    """A file shipped beside the code. Raises NotFound for an installation that is not whole."""
    beside = Path(__file__).resolve().parents[2]
    for folder in ("resources", "studio_resources"):
        path = beside / folder / name
        if path.is_file():
            return path
    raise NotFound(f"resources/{name}", mark("Install studio again: this installation is not whole."))


def coloured_icon(name: str, colour: str) -> bytes:
    """The SVG of an icon in one colour (#RRGGBB): Qt does not fill in `currentColor` from outside."""
    return _svg(name).replace("currentColor", colour).encode()


@functools.cache
def _svg(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


def _sheet(dark: bool) -> str:  # noqa: FBT001
    colours = {name: both[dark] for name, both in ROLES.items()}
    files = {
        f"icon_{name}": _icon_file(name, colours[role])
        for name, role in (("down", "muted"), ("tick", "on_accent"), ("dot", "on_accent"))
    }
    heights: dict[str, str] = {}
    for name, height in _SHEET_HEIGHTS.items():  # less the border, of 1 px or, with the focus, of 2
        heights |= {f"{name}_height": f"{px(height) - 2}px", f"{name}_focused": f"{px(height) - 4}px"}
    small = {"caption_size": f"{px(CAPTION)}px", "head_height": f"{px(27)}px"}
    box = {"box": f"{px(16)}px", "box_focused": f"{px(16) - 2}px", "box_round": f"{px(16) // 2 + 1}px"}
    return Template(_template()).substitute(colours, **files, **heights, **small, **box)


@functools.cache
def _template() -> str:
    return resource("style.qss").read_text(encoding="utf-8")


def _icon_file(name: str, colour: str) -> str:
    """A sheet can only name files, so the few icons it uses are kept in the cache, in their colours."""
    folder = cache_folder() / "icons"
    path = folder / f"{name}-{colour[1:].lower()}.svg"
    content = coloured_icon(name, colour).decode()
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(path, content)
    return path.as_posix()
