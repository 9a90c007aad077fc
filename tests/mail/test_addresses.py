from __future__ import annotations

import pytest

from daemon.mail.addresses import AMBIGUOUS, MISLEADING, read_address, read_list

NO_ADDRESS = "An address field holds something that is no address."


def _read(value: str) -> tuple[list[tuple[str, str]], list[str]]:
    defects: list[str] = []
    addresses, _ = read_list(value, 1_000, defects.append)
    return [(address.name, address.address) for address in addresses], defects


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mara@lindwerk.example", [("", "mara@lindwerk.example")]),
        ("Mara Vogt <Mara@Lindwerk.Example>", [("Mara Vogt", "Mara@lindwerk.example")]),
        ('"Vogt, Mara" <mara@lindwerk.example>', [("Vogt, Mara", "mara@lindwerk.example")]),
        ("Vogt, Mara <mara@lindwerk.example>", [("Vogt, Mara", "mara@lindwerk.example")]),
        ("mara@lindwerk.example (Mara (IT) Vogt)", [("Mara (IT) Vogt", "mara@lindwerk.example")]),
        ("=?utf-8?Q?J=C3=BCrgen?= <j@x.example>", [("Jürgen", "j@x.example")]),
        ("=?utf-8?Q?M=C3=BCller,_Hans?= <h@x.example>", [("Müller, Hans", "h@x.example")]),
        ("a@x.example, b@y.example", [("", "a@x.example"), ("", "b@y.example")]),
        ("a@x.example; b@y.example", [("", "a@x.example"), ("", "b@y.example")]),
        ("Team: a@x.example, B <b@x.example>;", [("", "a@x.example"), ("B", "b@x.example")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.example,@other.example:a@x.example>", [("", "a@x.example")]),
        ("<<a@x.example>>", [("", "a@x.example")]),
        ("[External] Mara <mara@x.example>", [("[External] Mara", "mara@x.example")]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("a@[IPv6:2001:db8::1]", [("", "a@[ipv6:2001:db8::1]")]),
        ('"john doe"@x.example', [("", '"john doe"@x.example')]),
        ("'mara@x.example' <mara@x.example>", [("mara@x.example", "mara@x.example")]),
        ("用户@例子.example", [("", "用户@例子.example")]),
        ('"" <>', [("", "")]),
        ("", []),
    ],
)
def test_addresses_are_read_as_people_write_them(value: str, expected: list[tuple[str, str]]) -> None:
    addresses, defects = _read(value)

    assert expected == addresses
    assert defects == []


@pytest.mark.parametrize(
    ("value", "address", "defect"),
    [
        ("boss@corp.example <evil@x.example>", "evil@x.example", MISLEADING),
        ("<boss@corp.example> <evil@x.example>", "", AMBIGUOUS),
        ("boss@corp.example)evil@x.example", "", AMBIGUOUS),
        ("alice@corp.example(bob@x.example", "", AMBIGUOUS),
        ("boss@corp.example: evil@x.example;", "", AMBIGUOUS),
        ("<boss@corp.example>: <evil@x.example>", "", AMBIGUOUS),
        ("=?utf-8?q?<evil@x.example>?= <boss@corp.example>", "", AMBIGUOUS),
        ("Joe <joe@x.example", "", AMBIGUOUS),
        ('"Joe <joe@x.example>', "", AMBIGUOUS),
        ("boss@corp.example(comment)@evil.example", "", NO_ADDRESS),
        ("boss@corp.example@evil.example", "", NO_ADDRESS),
        ("boss@corp.example evil@x.example", "", NO_ADDRESS),
        ("joe@[127.0.0.1", "", NO_ADDRESS),
        ("joe@x.example\x07", "", NO_ADDRESS),
    ],
)
def test_an_address_is_never_guessed(value: str, address: str, defect: str) -> None:
    addresses, defects = _read(value)

    assert [address] == [found for _, found in addresses]
    assert [defect] == defects


def test_an_address_in_quotes_is_only_a_name() -> None:
    assert _read('"boss@corp.example" <evil@x.example>') == ([("boss@corp.example", "evil@x.example")], [])


def test_a_name_without_an_address_is_kept_and_told() -> None:
    addresses, defects = _read("MAILER-DAEMON")

    assert addresses == [("MAILER-DAEMON", "")]
    assert defects == ["'MAILER-DAEMON' in an address field has no address."]


def test_no_more_addresses_are_read_than_asked_for() -> None:
    defects: list[str] = []

    addresses, cut = read_list(", ".join(f"a{n}@x.example" for n in range(12)), 10, defects.append)

    assert (len(addresses), cut) == (10, True)
    assert defects == ["The mail names too many addresses; some were left out."]


@pytest.mark.parametrize(
    "text", ["", "mara", "@x.example", "a@", "a b@x.example", "a@x..example", "a" * 400 + "@x.example"]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_address(text) == ""
