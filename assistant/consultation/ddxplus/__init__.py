"""Interviews of the simulated patients of DDXPlus (Fansi Tchango et al. 2022, CC BY 4.0), with its 49 conditions.

`world` holds what is known of conditions and evidences, `interview` chooses the questions and reads the differential,
`readout` is the small network behind the wide differential, and `train` fits both from the development patients.
"""
