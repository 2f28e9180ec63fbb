"""Treatment plans: the patient's record, the rules that no draft escapes, and the models that draft."""
