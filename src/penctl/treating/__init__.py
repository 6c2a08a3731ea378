"""Drives a pen through a visit: what stands between `penctl.treatment`, which knows no pen, and `penctl.Pen`.

The command line and the desktop program use the same driver, `driver.Treating`; the journal in which a
visit is kept is `ports.VisitJournal`: a file of its own (`visit_file`) or the clinic's database.
"""
