"""What a page shows before there is anything: what will be here, why there is nothing yet, and one button."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls import Button, Label
from studio.ui.icons import draw_icon
from studio.ui.widgets.painted import Painted, draw_dot, px

ROUNDEL, SIGN = 44, 20  # px


class EmptyState(QWidget):
    """One button, and quieter ways as links below. The words may change: `show_words`.

    picture: what will be here, faint, in place of the icon.
    """

    def __init__(
        self,
        icon: str,
        title: str,
        why: str,
        button: Button | None = None,
        *links: Button,
        picture: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        middle = Qt.AlignmentFlag.AlignHCenter
        self.button, self.links = button, links
        self.title = Label(title, theme.SECTION if picture is None else theme.PAGE, theme.TITLE)
        self.why = Label(why, kind="muted", wrap=True)
        self.why.setAlignment(middle)
        self.why.setMaximumWidth(px(460))
        layout = QVBoxLayout(self)
        layout.setSpacing(0)
        layout.addStretch(1)
        layout.addWidget(picture or _Roundel(icon), alignment=middle)
        layout.addSpacing(24 if picture is not None else 14)
        layout.addWidget(self.title, alignment=middle)
        layout.addSpacing(8)
        row = QHBoxLayout()  # aligned in the column it would be given the height of one line
        row.addStretch(0)
        row.addWidget(self.why, 1)  # as wide as it may be, narrower where the page is
        row.addStretch(0)
        layout.addLayout(row)
        for extra in (button, *links):
            if extra is not None:
                layout.addSpacing(14 if extra is button else 8)
                layout.addWidget(extra, alignment=middle)
        layout.addStretch(1)
        self.show_words(title, why)

    def show_words(self, title: str, why: str) -> None:
        self.title.setText(title)
        self.why.setText(why)
        self.setAccessibleName(title)
        self.setAccessibleDescription(why)


class _Roundel(Painted):
    """An icon on a round ground."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(px(ROUNDEL), px(ROUNDEL))

    def paint(self, painter: QPainter) -> None:
        draw_dot(painter, QRectF(self.rect()).center(), self.width() / 2, "sel")
        edge = (self.width() - px(SIGN)) / 2
        draw_icon(painter, self._icon, QRectF(edge, edge, px(SIGN), px(SIGN)), "accent")
