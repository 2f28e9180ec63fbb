"""All the records of an installation, opened together."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.records.album import Album
from assistant.records.archive import Archive
from assistant.records.audit import AuditLog, open_audit
from assistant.records.cases import CaseBook
from assistant.records.consents import Consents
from assistant.records.database import Database, open_database
from assistant.records.feedback import Feedback
from assistant.records.judgements import Judgements
from assistant.records.memory import Memory, open_memory
from assistant.records.plans import PlanBook
from assistant.records.staff import Staff
from assistant.settings import Settings


@dataclass(frozen=True)
class Records:
    """What is kept, and who may see it."""

    database: Database
    consents: Consents
    memory: Memory
    cases: CaseBook
    plans: PlanBook
    album: Album
    feedback: Feedback
    judgements: Judgements
    audit: AuditLog
    staff: Staff
    archive: Archive


def open_records(settings: Settings) -> Records:
    """The records where the settings say.

    Raises:
        AirmedError: The data folder, the database or a key cannot be used.
    """
    settings.prepare_data_dir()
    database = open_database(settings)
    consents, cases, plans = Consents(database), CaseBook(database), PlanBook(database)
    feedback, audit = Feedback(database), open_audit(database, settings)
    album = Album(settings.pictures_dir, database.vault, consents.holds)
    return Records(
        database=database,
        consents=consents,
        memory=open_memory(settings, database, consents.holds),
        cases=cases,
        plans=plans,
        album=album,
        feedback=feedback,
        judgements=Judgements(database),
        audit=audit,
        staff=Staff(database),
        archive=Archive(database, consents, cases, plans, feedback, album, audit),
    )
