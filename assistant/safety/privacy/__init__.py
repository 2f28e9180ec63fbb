"""Privacy of what patients type: identifiers found, scrubbed from logs, and hidden from chat models elsewhere."""

from assistant.safety.privacy.finding import find_identifiers, scrub
from assistant.safety.privacy.identifier import KINDS, Identifier, Kind
from assistant.safety.privacy.logs import ScrubbingFilter, scrub_logs
from assistant.safety.privacy.placeholders import Placeholders, Restorer

__all__ = [
    "KINDS",
    "Identifier",
    "Kind",
    "Placeholders",
    "Restorer",
    "ScrubbingFilter",
    "find_identifiers",
    "scrub",
    "scrub_logs",
]
