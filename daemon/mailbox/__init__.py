"""Touches IMAP: connects, waits, fetches, marks; knows nothing of requests or the database.

Nothing taken from a mail ever becomes part of an IMAP command: imapclient lets line breaks in a
search value through as new commands (mjs/imapclient#657). Only UIDs and names from the settings go out.
"""
