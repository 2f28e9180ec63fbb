"""The conversation in the chat while the doctor answers: it grows with every event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.doctor import Turn
from assistant.events import Answered, Event, Pictured, Proposed, Said, Searched, ToolFinished, ToolStarted
from assistant.safety.evidence import PictureShown
from assistant.web import view


class Transcript:
    """What was said before, the patient's message, and the answer as far as it has come.

    Attributes:
        messages: As the chat component takes them.
    """

    def __init__(self, turns: Sequence[Turn], text: str, page: Mapping[str, str]) -> None:
        """Begin with a message of the patient's; nothing before it can be answered by a click any longer."""
        self.messages = [*view.messages(turns, page), view.user_message(text)]
        for message in self.messages:
            message.pop("options", None)
        self._page = page
        self._number = sum(turn.answer is not None for turn in turns)
        self._step = 0
        self._pictures: list[tuple[PictureShown, bytes]] = []
        self._written = ""

    def add(self, event: Event) -> None:
        """Show what an event tells."""
        match event:
            case ToolStarted():
                self._step = len(self.messages)
                self.messages.append(view.step_message(self._page[f"tool_{event.tool}"]))
            case ToolFinished():
                title = self._page[f"tool_{event.tool}"]
                self.messages[self._step] = view.step_message(title, event.found, event.seconds)
            case Pictured():
                self._pictures.append((event.picture, event.png))
                coming = event.count - len(self._pictures)
                self.messages[self._step + 1 :] = [view.pictures_message(self._pictures, self._page, coming)]
            case Searched():
                self.messages[self._step + 1 :] = [view.search_message(event, self._page)]
            case Proposed():
                self.messages[self._step + 1 :] = [view.molecules_message(event.molecules, self._page)]
            case Said():
                if not self._written:
                    self.messages.append({})
                self._written += event.text
                self.messages[-1] = view.answer_message(self._written, None, self._number)
            case Answered():
                self.messages[-1] = view.answer_message(event.text, event, self._number)
