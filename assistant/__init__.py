"""The application layer: the doctor."""
