"""The trunk: stories that join thinking (desk, mail) and touching (mailbox, outbox, store)."""
