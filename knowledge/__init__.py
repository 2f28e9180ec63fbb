"""The data layer: what is known, and how it is found."""
