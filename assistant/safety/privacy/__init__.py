"""Privacy of what patients type: identifiers found, scrubbed from logs, and hidden from chat models elsewhere."""

from assistant.safety.privacy.finding import find_identifiers, scrub
from assistant.safety.privacy.identifier import KINDS, Identifier, Kind

__all__ = ["KINDS", "Identifier", "Kind", "find_identifiers", "scrub"]
