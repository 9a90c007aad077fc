"""Touches SMTP: one mail, one recipient, phase by phase; knows nothing of requests or the database."""
