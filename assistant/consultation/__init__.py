"""The consultation: what the patient said, how urgent it is, and what to write down."""
