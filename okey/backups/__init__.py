"""A back-up of the database as one file, made and read by O-Key itself: PostgreSQL's own programs are not needed.

A zip file: each table as PostgreSQL's COPY writes it, all of one moment, and `manifest.json` (manifest.py). The keys
that seal tokens are not in it; which ones it takes is, so that a restore refuses rather than ends without tokens.
"""
