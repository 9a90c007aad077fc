"""Config: what an operator can set, and how it is read, checked and described."""
