"""The desk between the pages and the doctor: opens the doctor once, and hands out and checks thread keys."""

from __future__ import annotations

import re
import secrets
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from assistant.doctor import Conversation, Doctor, open_doctor
from assistant.errors import AirmedError
from assistant.records.keeping import Records, open_records
from assistant.records.query import Finder
from assistant.settings import EMBEDDED, Settings
from assistant.web.clinic.elsewhere import Elsewhere
from assistant.web.limits import Pace
from assistant.web.metrics import Metrics

KEY = re.compile(r"^[A-Za-z0-9_-]{32}$")


@dataclass
class Desk:
    """What every page needs. The doctor is opened in the background, so that the page is there at once.

    Attributes:
        records: What is kept, and who may see it; open from the start.
        pace: How much one visitor may ask for.
        metrics: What is counted for the people who run Airmed.
        elsewhere: The way in for clinicians whose accounts are kept elsewhere.
    """

    settings: Settings
    records: Records = field(init=False)
    pace: Pace = field(init=False)
    metrics: Metrics = field(init=False)
    elsewhere: Elsewhere = field(init=False)

    def __post_init__(self) -> None:
        """Check what can be checked at once, then start to open the doctor.

        Raises:
            AirmedError: The data folder, the database or the bundled weights cannot be used.
        """
        self.records = open_records(self.settings)
        self.pace = Pace(self.settings)
        self.metrics = Metrics(self.pace, self.records.cases)
        self.elsewhere = Elsewhere(self.settings, self.records)
        if self.settings.llm == EMBEDDED:
            from assistant.models.embedded import bundled_weights

            bundled_weights()
        pool = ThreadPoolExecutor(1, thread_name_prefix="open-doctor")
        self._opening: Future[Doctor] = pool.submit(open_doctor, self.settings, self.records)
        pool.submit(_warm, self._opening)
        pool.shutdown(wait=False)

    @property
    def doctor(self) -> Doctor:
        """The doctor, waited for while it is being opened.

        Raises:
            AirmedError: It could not be opened.
        """
        return self._opening.result()

    def wait(self) -> None:
        """Wait until the doctor is open.

        Raises:
            AirmedError: It could not be opened.
        """
        self._opening.result()

    @cached_property
    def finder(self) -> Finder:
        """Who finds cases by what is asked of them in words."""
        return Finder(self.records.cases, self.doctor.embedder)

    @cached_property
    def browser_secret(self) -> str:
        """The key that seals what a browser keeps, made on first run and readable by the owner alone."""
        path = self.settings.data_dir / "browser.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="utf-8")
        return path.read_text(encoding="utf-8")

    def conversation(self, thread: str) -> Conversation:
        """What a thread remembers, without waiting for the doctor when there is no thread."""
        return self.doctor.conversation(thread) if is_key(thread) else Conversation((), None)

    def erase(self, thread: str) -> None:
        """Forget everything of a thread."""
        if is_key(thread):
            self.doctor.erase(thread)


def _warm(opening: Future[Doctor]) -> None:
    """Read what plans and pictures need before they are asked for; what is wrong with it is told when it is.

    Not so molecules, which would take a quarter of a gigabyte from a server that nobody may ask for any.
    """
    if opening.exception():
        return  # there will be no page
    from generators.images import synthesis  # these take seconds to import
    from generators.plans import drafting

    for part in (drafting, synthesis):
        with suppress(AirmedError):
            part.warm()


def new_key() -> str:
    """A thread key of 192 random bits: who does not hold it cannot find the thread."""
    return secrets.token_urlsafe(24)


def is_key(thread: str) -> bool:
    """Whether a text has the form of a thread key."""
    return isinstance(thread, str) and KEY.match(thread) is not None
