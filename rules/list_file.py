"""Named lists, which rules of all files share: from `lists:` of the rule files, or from text files beside them.

    lists:
      key customers: [Nordwind, Hansen & Söhne]
      all customers: {file: customers.txt}
In a text file each line is a value; empty lines and lines that begin with # are not.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules.mistakes import Notebook, meant, nearest
from rules.yaml_lines import Entries, Items, Text, Value

#: What may stand at the top of a rule file.
FILE_WORDS = ("department", "lists", "rules")

Lists = dict[str, tuple[str, ...]]


def read_lists(
    read: Mapping[str, Value | None], files: Mapping[str, bytes], notebooks: Mapping[str, Notebook]
) -> Lists:
    """Rule files as YAML values, all files as bytes, where mistakes go -> the values of each list by its name."""
    found: Lists = {}
    for name, value in read.items():
        for key, inner in value.entries if isinstance(value, Entries) else ():
            # A misspelt word is noted by whoever reads the file; its lists are none that a rule misses.
            if (key.text if key.text in FILE_WORDS else meant(key.text, FILE_WORDS)) == "lists":
                _add(found, inner, files, notebooks[name])
    return found


def _add(found: Lists, value: Value, files: Mapping[str, bytes], notes: Notebook) -> None:
    if not isinstance(value, Entries) or not value.entries:
        notes.note(value.line, "'lists' needs names with their values: `key customers: [Nordwind, Hansen]`")
        return
    for name, content in value.entries:
        if name.text in found:
            notes.note(name.line, f"there is already a list '{name.text}'; give one of them another name")
        found[name.text] = _values(name, content, files, notes)


def _values(name: Text, value: Value, files: Mapping[str, bytes], notes: Notebook) -> tuple[str, ...]:
    if isinstance(value, Entries) and [key.text for key, _ in value.entries] == ["file"]:
        return _from_file(name, value.entries[0][1], files, notes)
    items = value.items if isinstance(value, Items) else ()
    if any(isinstance(one, Entries) and [key.text for key, _ in one.entries] == ["list"] for one in (value, *items)):
        notes.note(
            name.line, f"the list '{name.text}' names another list; write its values out, or name both in the rule"
        )
        return ()
    texts = tuple(item.text.strip() for item in items if isinstance(item, Text) and item.text.strip())
    if not texts or len(texts) < len(items):
        notes.note(name.line, f"the list '{name.text}' needs texts, or a file: `{{file: customers.txt}}`")
    return texts


def _from_file(name: Text, value: Value, files: Mapping[str, bytes], notes: Notebook) -> tuple[str, ...]:
    wanted = value.text.strip() if isinstance(value, Text) else ""
    there = [file for file in files if file.endswith(".txt")]
    if wanted not in there:
        offered = nearest(wanted, there) if there else "list files end in .txt and lie beside the rules"
        notes.note(name.line, f"there is no list file '{wanted}'; {offered}")
        return ()
    try:
        lines = [line.strip() for line in files[wanted].decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        notes.note(name.line, f"the list file '{wanted}' is not UTF-8 text; save it as UTF-8")
        return ()
    values = tuple(line for line in lines if line and not line.startswith("#"))
    if not values:
        notes.note(name.line, f"the list file '{wanted}' is empty; write one value on each line")
    return values
