"""The command line: one command per file, named for the command. Imported by nobody but `daemon.__main__`."""
