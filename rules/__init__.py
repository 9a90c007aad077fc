"""What a department can write: rules in YAML that place a mail without asking the model."""
