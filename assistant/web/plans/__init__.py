"""The clinician's page of plans: what waits, each line to keep, edit or drop, and the signature."""
