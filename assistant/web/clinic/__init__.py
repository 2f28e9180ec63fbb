"""The clinician's page: the cases and what is known of each, the plans, all cases together, and the log."""
