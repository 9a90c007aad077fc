"""The desk: decides what becomes of a request, and touches nothing.
 Pure functions over frozen values. No file, no socket, no clock, no log: time comes in as an argument and is
an aware UTC instant, and what was decided goes back to the story that asked.
"""
