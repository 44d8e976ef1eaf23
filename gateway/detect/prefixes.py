"""What keys of a known kind begin with, and whether a token is such a beginning.

A table beside the packs that have the expressions: an expression cannot be asked whether a text is the beginning of
what it would match. A test holds it against the packs.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["BEGINNINGS", "IN_LETTERS", "START", "is_key"]

_PREFIXES: Final = tuple(
    """
    sk-ant- sk-proj- sk-or-v1- sk-lf- sk-svcacct- sk-admin- sk- sk_live_ sk_test_ sk_org_ rk_live_ rk_test_ pk_
    sk_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glptt- glcbt- gloas- glft- glsoat- AKIA ASIA
    ABIA ACCA A3T ABSK da2- AIza GOCSPX- 1//0 ya29. AAAA doo_v1_ dop_v1_ dor_v1_ dot_v1_ HRKU- v1.0- cfat_ cfk_
    cfpat_ cfut_ fo1_ vca_ vcp_ vck_ vci_ vcr_ vcs_ nfp_ nfc_ nfo_ nfu_ nfb_ rnd_ sb_secret_ sbp_ pscale_ napi_
    npg_ LTAI AKID AQVN y0_ y1_ y2_ y3_ t1. SCW akab- dapi dt0 hvb. hvr. hvs. pul- dp. st. A3- tskey- ATBB
    ATATT3x ATCTT3x ATOTT3x ATSTT3x npm_ rubygems_ oy2 cio CLOJARS_ dckr_ AKCp cmVmdGtuOjAxOj sqa_ sqp_ squ_
    CCIPAT_ CCIPRJ_ bkaat_ bkct_ bkt_ bkua_ pat. sgp_ sgd_ slk_ eyJ PMAK- hawk. odt_ pnb_ pnu_ aio_ expo_ sdk-
    mob- api- crsr_ key_ sess- hf_ api_org_ gsk_ r8_ pplx- xai- fw_ tgp_v1_ nvapi- csk- pa- lsv2_ pcsk_ jina_
    tvly- fc- app- dataset- whsec_ sq0 EAAA access_token$ rzp_ FLWSECK live_ access- pdl_ shippo_ EZAK EZTK
    duffel_ shp xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.xox xapp- SK AC SG. key- md- re_
    xkeysib- xsmtpsib- dG9rO syt_ NRAK- NRAA- NRII- NRIQ- NRRA- px-api- px-dep- glc_ glsa_ sntrys_ sntryu_ hca
    hcb hcx phs_ phx_ sk.eyJ tk.eyJ pk.eyJ pat ntn_ secret_ lin_ figd_ CFPAT- 00D p8e- sl. 1000. tfp_ rdme_
    nsec1 AGE-SECRET-KEY-1 xprv yprv zprv tprv $2a$ $2b$ $2x$ $2y$ $1$ $5$ $6$ $8$ $9$ $y$ $H$ $P$ $apr1$
    $argon2 pbkdf2 scrypt: {SHA {SSHA amzn.mws. organizations/ GR1348941 hooks.slack.com/
    discord.com/api/webhooks/ discordapp.com/api/webhooks/ chat.googleapis.com/ hooks.zapier.com/
    maker.ifttt.com/ hook.make.com/
    """.split()  # noqa: SIM905 - a table
)
BEGINNINGS: Final = frozenset(prefix[:size] for prefix in _PREFIXES for size in range(1, len(prefix) + 1))
_FIRST: Final = re.escape("".join(sorted({prefix[0] for prefix in _PREFIXES})))
# The look at the first character spares going through all of them.
START: Final = re.compile(rf"(?<![A-Za-z0-9])(?=[{_FIRST}])(?:{'|'.join(map(re.escape, _PREFIXES))})")
_WEAK: Final = tuple(prefix for prefix in _PREFIXES if prefix.isalpha() and prefix.islower())
"""What words begin with, too."""
_STRONG: Final = tuple(prefix for prefix in _PREFIXES if prefix not in _WEAK)
_BY_TWO: Final = {
    two: tuple(tuple(prefix for prefix in prefixes if prefix.startswith(two)) for prefixes in (_STRONG, _WEAK))
    for two in {prefix[:2] for prefix in _PREFIXES}
}
"""The strong and the weak ones by their first two characters."""
IN_LETTERS: Final = frozenset(prefix for prefix in _STRONG if len(prefix) == 4 and prefix.isalpha())  # noqa: PLR2004
"""What is long enough to be told from a word by its first four letters, though no digit follows: `AKIA`, `AIza`."""
_DIGITS: Final = re.compile(r"\d")


def is_key(token: str) -> bool:
    """Tell whether a token is the beginning of a key of known prefix, or of such a prefix."""
    found = _BY_TWO.get(token[:2])  # one letter tells nothing
    if found is None:
        return False
    strong, weak = found
    if token in BEGINNINGS or token.startswith(strong):
        return True
    return token.startswith(weak) and _DIGITS.search(token) is not None
