"""Below Live's row of stages: the decisions of the last minute; or, where board and host part, what tells why."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QStackedWidget

from studio.core.text import gettext as _
from studio.dataset.background import BACKGROUND
from studio.ui.bridge import when_done
from studio.ui.class_styles import shown_label
from studio.ui.pages.live_decisions import DecisionsView
from studio.ui.pages.live_difference import OpenedDifference, place_of
from studio.ui.pages.live_values import ValuesLine
from studio.ui.pages.live_work import explain, keep, save
from studio.ui.session import Act, Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.live.causes import Cause
    from studio.live.listening import Begun, Listening, News, Scored
    from studio.live.live import LiveWindow
    from studio.ui.pages.page import Shell
    from studio.ui.widgets.decisions import DecisionMark
    from studio.ui.widgets.painted import ClassStyle
    from studio.ui.widgets.stages_row import StagesRow


class Below(QStackedWidget):
    """It opens by itself when a stage parts that it does not tell of already.

    switched: it was opened or closed, or needs another height.
    """

    switched = Signal()

    def __init__(self, shell: "Shell", stages: "StagesRow") -> None:
        super().__init__()
        self._shell, self._session, self._stages = shell, shell.session, stages
        self._listening: Listening | None = None
        self._begun: Begun | None = None
        self._news: News | None = None
        self._cause: Cause | None = None
        self.difference: LiveWindow | None = None  # what the panel tells of
        key = shell.commands.key
        self.decisions = DecisionsView(key("live.false_alarm"), key("live.keep"))
        self.decisions.kept.connect(self._keep)
        self.values = ValuesLine()  # in place of decisions, of a model that predicts a value
        self.opened = OpenedDifference(shell.commands)
        for widget in (self.decisions, self.values, self.opened):
            self.addWidget(widget)

    def hasHeightForWidth(self) -> bool:
        """No: its page sets its height, so that what stands above may be less high than it would like."""
        return False

    def clear(self) -> None:
        self._begun, self._news, self.difference, self._cause = None, None, None, None
        self.close_details()
        self.decisions.clear()

    def begin(self, listening: "Listening", begun: "Begun", styles: "list[ClassStyle]") -> None:
        self._listening, self._begun = listening, begun
        self.decisions.begin(begun, styles)
        self.values.begin(begun)
        self.close_details()

    def add(self, scored: "Sequence[Scored]") -> None:
        if self._begun is not None and self._begun.measure is not None:
            self.values.add(scored)
        else:
            self.decisions.add(scored)

    def show_window(self, news: "News", window: "LiveWindow") -> None:
        """The newest: where it parts at another stage than is told, or a value is known now, the panel tells that."""
        self._news = news
        known = news.difference if window.parted is not None else None
        told = None if self.difference is None else self.difference.parted
        if window.parted not in (None, told) and (known is not None or window.host is None):
            self._tell(known or window)
            self._open()
            self._shell.commands.refresh()
        elif known is not None and told is known.parted and self.difference is not None and not self._value_is_known:
            self._tell(known)
            self.fill()

    # What parts

    def has_parted(self) -> bool:
        return self.difference is not None

    @property
    def is_open(self) -> bool:
        return self.currentWidget() is self.opened

    @property
    def _value_is_known(self) -> bool:
        return self.difference is not None and self.difference.difference is not None

    def switch(self) -> None:
        if self.is_open:
            self.close_details()
            return
        if self._news is not None and self._news.difference is not None:
            self._tell(self._news.difference)
        self._open()

    def _tell(self, window: "LiveWindow") -> None:
        """Asks for the cause too, which is looked for among the project's runs."""
        self.difference, self._cause = window, None
        begun = self._begun
        if begun is None:
            return

        def take(cause: "Cause") -> None:
            if self.difference is window:
                self._cause = cause
                self.fill()
                self.switched.emit()  # the panel has more to say

        when_done(self._session.in_background(lambda: explain(window, begun)), take, owner=self)

    def _open(self) -> None:
        self.setCurrentWidget(self.opened)
        self.fill()
        self.switched.emit()
        QTimer.singleShot(0, self, self._come_in_sight)  # once it has its place

    def _come_in_sight(self) -> None:
        holder = self.parentWidget()
        while holder is not None and not isinstance(holder, QScrollArea):
            holder = holder.parentWidget()
        if holder is not None:
            holder.ensureWidgetVisible(self)

    def close_details(self) -> None:
        had_focus = self.opened.isAncestorOf(self.focusWidget() or self)
        told = self._begun is not None and self._begun.measure is not None
        self.setCurrentWidget(self.values if told else self.decisions)
        if had_focus:
            self._stages.setFocus()
        self.switched.emit()

    def fill(self) -> None:
        if self.is_open and self.difference is not None and self._begun is not None:
            points_at = self._stages.mark_x(place_of(self.difference)) - 8
            self.opened.show_window(self.difference, self._begun, self._cause, points_at)

    def can_save(self) -> bool:
        window = self.difference
        return window is not None and (window.board_stages is not None or window.host is not None)

    def save(self) -> None:
        window, project = self.difference, self._session.project
        if window is not None and project is not None:
            folder = project.exports_folder

            def told(path: str) -> None:
                self._session.notify(Notice(_("The window is saved, as the board used it."), path, "ok"))

            saved = self._session.in_background(lambda: save(window, folder))
            when_done(saved, told, owner=self, failed=self._session.fail)

    # False alarms

    def can_keep(self) -> bool:
        project, chosen = self._session.project, self.decisions.chosen
        return project is not None and project.writable and chosen is not None and not chosen.wrong

    def can_keep_as_background(self) -> bool:
        return self.can_keep() and self.decisions.has_background

    def _keep(self, mark: "DecisionMark", background: bool) -> None:  # noqa: FBT001  as the signal gives it
        row, begun, listening = self.decisions.scored_of(mark), self._begun, self._listening
        samples = None if row is None or listening is None else listening.sensed(row.first_sample)
        if samples is None or begun is None:
            self._session.notify(Notice(_("That second is not held any more; only the last minute is."), tone="warn"))
            return
        title = _("Keep a false alarm for {label}").format(label=begun.classes[mark.place])

        noise = _("It is a recording now, labelled as {label}.").format(label=shown_label(BACKGROUND))
        unlabelled = _("It is a recording now, for Label.")

        def told(_recorded: object) -> None:
            self.decisions.timeline.mark_wrong(mark)
            undo = Act(_("Undo"), self._session.undo)
            self._session.notify(Notice(noise if background else unlabelled, title, "ok", (undo,)))
            self._shell.commands.refresh()

        kept = self._session.ask(lambda project: keep(project, begun, samples, title, background=background))
        when_done(kept, told, owner=self, failed=self._session.fail)
