"""Confirmation: whether a requester says that a matter is in order now. Decides; touches nothing."""

from __future__ import annotations

import re

#: Longer words say more than that; a person reads them.
LONGEST = 80

_CONFIRMS = re.compile(
    r"\s*(?:yes,?\s+)?(?:it is |it's |all )?(?:solved|resolved|confirmed|fixed|in order|good now|"
    r"erledigt|gelöst|bestätigt|in ordnung|passt|"
    r"résolue?|réglée?|confirmée?|en ordre|"
    r"resuelt[oa]|solucionad[oa]|confirmad[oa]|en orden)\b(?!\s*\?)",
    re.IGNORECASE,
)
_BUT = re.compile(r"\b(?:but|not|aber|nicht|mais|pas|pero|no)\b", re.IGNORECASE)


def confirms(words: str) -> bool:
    """Whether these newest words of a requester say so and nothing that a person should read."""
    said = words.strip()
    return len(said) <= LONGEST and _CONFIRMS.match(said) is not None and _BUT.search(said) is None
