"""A case as a file to hand on: Markdown, PDF, a FHIR document; and the worklist as a table."""

from __future__ import annotations

from assistant.records.exports.export import Export
from assistant.records.exports.fhir.document import to_fhir
from assistant.records.exports.markdown import to_markdown
from assistant.records.exports.pdf import to_pdf
from assistant.records.exports.worklist import heads_to_csv

__all__ = ["Export", "heads_to_csv", "to_fhir", "to_markdown", "to_pdf"]
