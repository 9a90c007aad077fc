"""Touches SQL: one file per noun, SQLAlchemy Core statements in, frozen values out.

Every function takes an open connection as its first argument; the caller decides what belongs into
one transaction. Nothing here reads the clock: instants come in as aware UTC datetimes.
"""
