"""The root of every error that Airmed raises on purpose: its message is one sentence that says what to do."""


class AirmedError(Exception):
    """Something a person can put right; shown as it stands, without a traceback."""


class KnowledgeError(AirmedError):
    """Something in the data layer: an article, a document, an index or a weight file of a wheel."""
