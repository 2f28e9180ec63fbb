"""A case as a FHIR R4 document: one Bundle in which every reference leads to a resource inside it."""
