"""A page's header: its title, one sentence, and its actions, of which the primary one is last."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls import Elided, Ground, Label

SPACE = 8  # px between actions


class _Sentence(Elided):
    """On as many lines as it needs and the header has room for; where that is too few, one that is cut."""

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme.px(theme.PAGE_HEADER) - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        lines = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        room = QRectF(self.rect())
        if QFontMetricsF(self._font).boundingRect(room, lines, self.text).height() > room.height():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setFont(self._font)
        painter.setPen(theme.current().role(self._role))
        painter.drawText(room, lines, self.text)


class Header(Ground):
    """It holds the actions of every page that was made, and shows those of the page in front."""

    def __init__(self) -> None:
        super().__init__("surface", "b")
        self.setFixedHeight(theme.px(theme.PAGE_HEADER))
        self._actions: dict[str, QWidget] = {}
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(theme.PAGE_MARGIN, 0, theme.PAGE_MARGIN, 1)
        layout.setSpacing(SPACE)
        self._title = Label("", theme.PAGE, theme.TITLE)
        self._sentence = _Sentence(role="muted")
        layout.addWidget(self._title)
        layout.addSpacing(6)
        layout.addWidget(self._sentence, 1)
        self._sentence.setContentsMargins(0, 4, 0, 0)

    def take(self, page: str, widgets: Sequence[QWidget]) -> None:
        """Once for each page, before it shows or hides any of them: one without a parent would be a window."""
        actions = QWidget(self)
        actions.hide()
        row = QHBoxLayout(actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for widget in widgets:
            row.addWidget(widget)
        self._row.addWidget(actions)
        self._actions[page] = actions

    def show_page(self, page: str, title: str, sentence: str) -> None:
        for name, actions in self._actions.items():
            actions.setVisible(name == page)
        self._title.setText(title)
        self._sentence.set_text(sentence)
