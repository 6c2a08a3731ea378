"""What leaves the clinic's records: reports, a FHIR bundle, tables without identities, backups; and erasing.

`facts` says what a report needs, as values. Everything else makes a file of it, whole or not at all.
"""
