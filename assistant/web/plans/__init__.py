"""The tab of plans on the clinician's page: what waits, each line to keep, edit or drop, and the signature."""
