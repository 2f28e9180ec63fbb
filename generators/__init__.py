"""The model layer: each family of generators is prepared, trained, tuned, run and evaluated here."""
