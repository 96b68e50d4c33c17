"""What a page shows before there is anything: what will be here, why there is nothing yet, and one button."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls import Button, Label
from studio.ui.icons import draw_icon
from studio.ui.widgets.painted import Painted, draw_dot, px


class EmptyState(QWidget):
    """One act as a button, and at most one other as a text link below."""

    acted = Signal()
    link_followed = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str,
        act: str = "",
        *,
        act_icon: str = "",
        link: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.S24, theme.S24, theme.S24, theme.S24)
        layout.setSpacing(theme.S12)
        layout.addStretch(1)
        layout.addWidget(_Roundel(icon), 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(Label(title, theme.SECTION, theme.TITLE), 0, Qt.AlignmentFlag.AlignHCenter)
        words = Label(sentence, kind="muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        words.setFixedWidth(px(420))
        layout.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        self.button: Button | None = None
        if act:
            self.button = Button(act, act_icon or icon, kind="primary")
            self.button.clicked.connect(self.acted)
            layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        if link:
            self.link = Button(link, kind="ghost")
            self.link.clicked.connect(self.link_followed)
            layout.addWidget(self.link, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)


class _Roundel(Painted):
    """An icon on a round ground."""

    def __init__(self, icon: str) -> None:
        super().__init__()
        self._icon = icon
        self.setFixedSize(44, 44)

    def sizeHint(self) -> QSize:
        return QSize(44, 44)

    def paint(self, painter: QPainter) -> None:
        box = QRectF(self.rect())
        draw_dot(painter, box.center(), 22, "sel")
        draw_icon(painter, self._icon, QRectF(12, 12, 20, 20), "accent")
