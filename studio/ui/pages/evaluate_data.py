"""Evaluate's row of data: what is scored, and what is being done with it."""

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from studio.core.text import gettext as _
from studio.ui import theme
from studio.ui.controls import Elided, Label, Segmented
from studio.ui.widgets.painted import px

UNHEARD, ALL, FOLDER = range(3)


class DataRow(QWidget):
    """`choice`: of UNHEARD, ALL and FOLDER. Beside it a sentence, and the progress of a job while one runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")
        self.choice = Segmented([_("Not trained on"), _("All takes"), _("A folder")], name=_("Data"))
        self._label = Label(_("Data"), size=theme.CAPTION, weight=theme.HEAD, kind="muted")
        self._said = Elided(role="muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(px(180))
        self._bar.setAccessibleName(_("Progress of evaluating"))
        self._bar.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.PAGE_MARGIN, 10, theme.PAGE_MARGIN, 10)
        row.setSpacing(12)
        row.addWidget(self._label)
        row.addWidget(self.choice)
        row.addWidget(self._said, 1)
        row.addWidget(self._bar)

    @property
    def text(self) -> str:
        return self._said.text

    def show_choice(self, shown: bool) -> None:  # noqa: FBT001
        self._label.setVisible(shown)
        self.choice.setVisible(shown)

    def rest(self, text: str) -> None:
        self.choice.setEnabled(True)
        self._said.set_text(text)
        self._bar.hide()

    def run(self, fraction: float | None, text: str) -> None:
        self.choice.setEnabled(False)
        self._said.set_text(text)
        self._bar.setRange(0, 0 if fraction is None else 1000)
        self._bar.setValue(round((fraction or 0) * 1000))
        self._bar.show()
