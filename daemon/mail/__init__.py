"""Mail as values: from bytes to a Message, to decisions, and from a Draft to bytes. Touches nothing."""
