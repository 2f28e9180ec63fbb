"""What keeps a consultation safe: the red-flag gate, the grounding gate, privacy."""
