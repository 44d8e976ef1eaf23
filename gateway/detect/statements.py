"""Secrets that somebody tells in a sentence: "the wifi password for guests is …", "das Passwort lautet …".

A sentence has no quotes and no line of its own to hold the value, and nearly all sentences with "password" in them tell
none ("the password is required"). So the value must be a word that ordinary sentences do not have in that place: with a
digit or a mark in it, in quotes, or, as a plain word, at the end of its clause and not one of the words that are said
of passwords (`wrong`, `too short`, `expired`, …). Each language has its own nouns and its own verbs between.

Scores: 0.7 with digits or marks or in quotes, 0.5 a plain word or a guessable number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.detect.entropy import is_placeholder, is_sequence, is_uuid
from gateway.detect.labels import Label, label_of
from gateway.detect.places import Begun, Reading, in_word
from gateway.detect.quotes import Strings, quoted_at
from gateway.detect.secret_values import STRONG, Secret, is_telling, judge, judged

__all__ = ["EXPRESSIONS", "SIGNS", "find_statements"]

_TOLD: Final = 0.7
_PLAIN: Final = 0.5
_GUESSABLE: Final = 0.4

_LANGUAGES: Final = (
    # nouns; verbs and signs that lead to the value
    (
        r"pass[ -]?(?:words?|phrases?|codes?|keys?)|passwd|pwd?|log-?in code|(?:wi-?fi|network|wpa2?) key",
        (
            r"(?:is|was|has been|will be)(?: now)? (?:changed|set|reset|updated) to|(?:changed|set|reset) to|"
            r"is|are|was|will be|were|to be"
        ),
    ),
    (
        r"pass(?:wort|wörter|phrase)|kennwort|kennwörter|zugangscode|wlan-schlüssel|losungswort",
        r"ist|lautet|lauten|war|heißt|heisst",
    ),
    (r"mots? de passe|code d['’]accès|clé wi-?fi", r"est|sont|était|sera|devient"),
    (r"contraseñas?|contrasenas?|clave(?: de acceso| del wi-?fi)?", r"es|son|era|será"),
    (r"password|parola d['’]ordine|chiave di accesso", r"è|e'|era|sarà"),
    (r"wachtwoord(?:en)?", r"is|was|luidt|wordt"),
    (r"senhas?|palavra-passe", r"é|era|será|são"),
    (r"has[łl]o|kod dostępu", r"to|brzmi|jest|było"),
    (r"l[öo]senord(?:et)?|adgangskode(?:n)?|passord(?:et)?|salasana", r"är|er|on|var"),
    (r"пароль|код доступа", r"—|–|-|это"),
    (r"heslo|jelszó|parola|şifre(?:m|si)?", r"je|a|este"),
    (r"mật khẩu", r"là"),
)
_NOUNS: Final = "|".join(rf"(?:{nouns})(?P<of{index}>)" for index, (nouns, _) in enumerate(_LANGUAGES))
_VERBS: Final = "".join(rf"(?(of{index})(?:{verbs}))" for index, (_, verbs) in enumerate(_LANGUAGES))
_PASSWORDS: Final = re.compile(
    rf"(?:{_NOUNS})(?P<gap>(?:[ \t]+(?!(?:manager|policy|policies|field|length|hash|hashes|hashing|protected|generator|"
    r"strength|prompt|reset|that|which|who|when|if|because|must|should|can|may|could|would|has|have|had|and then|input|"
    r"form|file)\b)[^\s:=.;?!]{1,40}){0,7}?)[ \t]*"
    rf"(?:(?<=[ \t]){_VERBS}(?=[\s:\"'“‘«„`])|(?P<colon>:|->|→|=>))"
)
"""A noun, and a verb of its own language. Runs over lower case, as do all expressions here that search."""
_ASIAN: Final = Begun(
    re.compile(
        r"(?:密码|密碼|口令|パスワード|비밀번호|비번|पासवर्ड|รหัสผ่าน)[^\s!-~]{0,12}"
        r"[ \t]{0,3}[:=]?[ \t]{0,3}(?P<v>[!-~]{4,64})"
    )
)
_COPULAS: Final = "是|为|為|は|が|는|은|это|คือ"
_LATIN: Final = Begun(
    re.compile(
        rf"(?<![a-z0-9])(?:passw(?:or)?d|passcode|passphrase|pwd)[ \t]?(?:{_COPULAS})[ \t]?[:：]?[ \t]?"
        r"(?P<v>[!-~]{4,64})"
    )
)
"""A Latin noun in a sentence of another script."""
_HEBREW_ARABIC: Final = Begun(
    re.compile(r"(?:הסיסמה|סיסמה|كلمة (?:المرور|السر))[^!-~]{0,40}?[:=]?[ \t]{0,3}(?P<v>[!-~]{4,64})")
)
_TOKENS: Final = Begun(
    re.compile(
        r"(?:(?:api|access|secret|auth|private|bearer|license|app|service|session)[ -]?(?:keys?|tokens?)|"
        r"tokens?|secrets?|keys?)"
        r"(?P<gap>(?:[ \t]+[^\s:=\"'`*]{1,24}){0,4}?)[ \t]*(?:(?:\bis|\bare|"
        + _COPULAS
        + r"|=|:|->|—|–)[ \t]*)?[\"'`*(“]{0,3}"
        r"(?<![\w+/.-])(?P<v>[a-z0-9][\w+/=.~-]{15,511})"
    )
)
_KEYS_ELSEWHERE: Final = Begun(
    re.compile(
        r"(?:(?P<any>キー|키|ключ|anahtarı)|"
        r"密钥|密鑰|秘钥|金鑰|令牌|トークン|秘密鍵|シークレット|토큰|токен|"
        r"(?:api|zugangs|zugriffs)[ -]?schlüssel|cl[ée]s?[ ](?:d['’])?api|clave[ ](?:(?:de|del|la)[ ]){0,2}api|"
        r"chiave[ ](?:dell['’])?api|chave[ ](?:(?:de|da)[ ])?api|klucz(?:a|em)?[ ](?:do[ ])?api|api[ -]?sleutel|"
        r"jetons?[ ](?:d['’])?(?:acc[èe]s|api))"
        r"(?:[ \t]+[^\s:=\"'`*]{1,24}){0,4}?[^\s!-~]{0,6}[ \t\xa0\u202f]*(?:(?:=|:|->)[ \t]*)?[\"'`*(]{0,3}"
        r"(?<![a-z0-9_+/.-])(?P<v>[a-z0-9][a-z0-9_+/=.~-]{15,511})"
    )
)
"""The same in other languages, where a letter may stand directly before and behind the value."""
_OF_OTHER_KEYS: Final = re.compile(
    r"(?:公開|主|外部|キャッシュ|공개|기본|외래|публичный |открытый |первичный |внешний )\Z"
)
_CODES_ELSEWHERE: Final = Begun(
    re.compile(
        r"(?:验证码|驗證碼|校验码|动态码|動態密碼|認証コード|確認コード|暗証番号|인증 ?번호|인증 ?코드|보안 ?코드|"
        r"код подтверждения|"
        r"pin码|pin碼|pinコード)[^\s\d!-~]{0,6}[ \t]{0,3}[:\[(#]?[ \t]{0,3}(?P<v>\d{3}[ -]\d{3}|\d{4,8})(?![\d.%-])"
    )
)
"""PINs and codes of a second factor in scripts without blanks, and in Russian."""
_PAIR: Final = Begun(
    re.compile(
        r"(?:log-?ins?|credentials?|creds|zugangsdaten|anmeldedaten|login-?daten|identifiants|credenciales|credenziali|"
        r"inloggegevens|user(?:name)?[ ]?/[ ]?pass(?:word)?|benutzer(?:name)?[ ]?/[ ]?passwort)[^\n:]{0,40}?:[ \t]{0,3}"
        r"(?P<user>[^\s/:|,\"'`<>(){}\[\]]{2,64})(?:[ ]?[/:|]|,?[ ](?:und|and|pw:?|pass(?:word)?:?))[ ]?"
        r"(?P<v>[^\s/|\"'`<>(){}\[\]]{4,64})"
    )
)
"""A user and a password on one line: `credentials: admin / …`."""
_WITH_BEFORE: Final = re.compile(r"(?:with|using|use|and|mit|avec|con|met|com)[ ](?:the[ ]|dem[ ]|le[ ]|la[ ])?\Z")
_WITH: Final = re.compile(
    r"(?:pass(?:word|wort|code|phrase)|pwd|mot de passe|contraseña|wachtwoord|senha)[ ]"
    r"(?P<v>[^\s,;\"'`<>(){}\[\]]{5,64})"
)
"""`log in with password …`."""
_TECHNICAL: Final = re.compile(
    r"(?:sha|md|base|utf|argon|oauth|bcrypt|pbkdf|scrypt|aes|rsa|v|ipv|http|iso|nist|sp|rfc)[-_]?\d.*|\d[a-z]{2,12}\Z|"
    r"\d+(?:[.,x-]\d+)*\Z|[a-z]+(?:/[a-z0-9]+)+\Z"
)
"""`sha256`, `2fa`, `8-16`: what is said of how passwords are kept."""
_PHRASE: Final = Begun(
    re.compile(
        r"pass[ -]?phrase(?:[ \t]+[^\s:=]{1,24}){0,4}?[ \t]*(?::|\bis\b:?)[ \t]*[\"'“`*]{0,3}"
        r"(?P<v>[a-z]{2,12}(?:[ -][a-z]{2,12}){3,9})(?=[\"'”`*]{0,3}[.!]?[ \t]*(?:$|\n))",
        re.MULTILINE,
    )
)
SIGNS: Final = (
    "pass", "pw", "wort", "wört", "login code", "log-in code", "key", "zugang", "schlüssel", "clé",
    "code", "contrase", "clave", "parola", "chiave", "wachtwoord", "senha", "palavra", "haslo", "hasło", "kod",
    "senord", "adgangskode", "salasana", "парол", "код", "heslo", "jelsz", "ifre", "mật khẩu",
    "密", "口令", "パスワード", "비밀번호", "पासवर्ड", "รหัสผ่าน", "סיסמה", "كلمة",
    "キー", "키", "密鑰", "秘钥", "金鑰", "令牌", "トークン", "鍵", "シークレット", "토큰", "ключ", "токен", "anahtar",
    "sleutel", "jeton", "chave", "klucz", "비번", "证码", "驗證碼", "校验码", "动态码", "動態密碼", "コード",
    "暗証番号", "인증", "보안", "pin码", "pin碼",
    "token", "secret", "login", "log-in", "cred", "zugangs", "daten", "identifiants", "inloggegevens",
)  # fmt: skip
"""In lower case; one of these is in any text in which something is found."""

_LEAD: Final = re.compile(
    r"(?:[*_']{1,3}(?=[ \t]))?[ \t]{0,4}(?::[ \t]{0,4})?(?:(?:now|currently|still|just|simply|jetzt|ahora)[ \t]{1,3})?"
)
_TYPOGRAPHIC: Final = re.compile(r"\*{0,2}[“‘«„](?P<v>[^\n“”„»]{1,100}?)[”’»“]")
_WORD: Final = re.compile(r"\*{0,2}(?P<v>[^\s\"“”«»„`<>{}\[\]*]{1,100})")
_CLAUSE_END: Final = re.compile(
    r"[\"'”’»`*)]{0,3}(?:[.,;!?)]{1,3}(?:\s|$)|\s*(?:$|[\r\n]|\(|[—–])|\s{1,2}(?:and|but|for|if|so|und|oder|et|y|pero|aber)\b)",
)
_TRAILING: Final = ".,;:?)'’”"
_BRACKETED: Final = re.compile(r"[\[(](?P<v>[^\s\[\]()\"'<>]{8,64})[\])]")
_BELOW: Final = re.compile(
    r"(?:[ \t]{0,8}\r?\n){1,2}(?:`{3}\w{0,16}[ \t]{0,8}\r?\n)?[ \t>*-]{0,16}[\"'`]?"
    r"(?P<v>[^\s\"'`<>(){}]{8,64})[\"'`]?"
    r"[.,]?[ \t]{0,8}(?=[\r\n]|\Z)"
)
"""Alone on the line below, or on that after an empty one."""
_TOLD_BEFORE: Final = re.compile(
    r"(?<![^\s\"'“«:(])(?P<v>[^\s\"'`“”«»(),;:<>{}\[\]/\\=.]{8,64})[\"'”»]?[ ]"
    r"(?:as|is|ist|als|comme|est|como|es|come|è|é|jako)[ ]"
    r"(?:(?:the|my|your|our|a|new|mein|das|dein|unser|mon|le|votre|mi|su|la|mia|minha|mijn|het|wi-?fi|"
    r"admin|root)[ ]){0,3}\Z"
)
"""`use … as the password`, `… is my password`."""
_NOUN_ALONE: Final = re.compile(
    r"(?:pass(?:word|wort|code|phrase)|pwd|mot de passe|contraseña|clave|wachtwoord|senha|palavra-passe|has[łl]o)"
    r"(?!\w|[ -](?:hash|manager|field|column|file|prompt|input|reset|policy|encoder|storage|parameter|type|format))"
)
_USER_BEFORE: Final = re.compile(
    r"(?<!\w)(?:user(?:[ ]?name)?|usr|login|benutzer(?:name)?|utente|usuario|utilizador|utilisateur|identifiant|"
    r"gebruiker|użytkownik|konto|account)[ :=]{1,3}[^\s:=,;]{2,64},?\s\Z"
)
_BESIDE: Final = re.compile(
    r"(?:(?P<noun>pass(?:word|wort|phrase)|kennwort|mot de passe|contraseña|wachtwoord|senha|has[łl]o)|"
    r"passcode|pass|pwd?|clave)[ ](?P<v>[^\s,;%\\\"'`<>(){}\[\]]{8,64})(?![%\\])"
)
"""`user … password …`; the nouns that name nothing else tell without a user, too."""
_REACH: Final = 128
_SAID_OF_PASSWORDS: Final = frozenset(
    """
    require required requires wrong correct valid weak strong secure safe short long missing empty blank expired old
    new same different important available possible complete private public secret hidden visible lost gone sent set
    reset kept known unique random simple complex easy hard difficult common good bad better best fine okay ok here
    there below above back out up down off on in it you me us him her them this that these those what why how where
    when who which case case-sensitive numeric alphanumeric plain plaintext text cleartext optional mandatory
    necessary needed null none nil true false yes the a an my your our his their its for to of by with from at as if
    so or and but not no never always only also too very really still already again being be been about all any some
    more less most much many just even either both one incorrecto incorrecta correcta obligatoria obligatorio segura
    seguro válida inválida falsch richtig sicher unsicher erforderlich nötig notwendig geheim schwach stark leer
    lang kurz abgelaufen korrekt ungültig gültig nicht zu der die das ein eine obligatoire requis incorrect faible
    fort sécurisé vide trop pas invalide nécessaire le la les un une el los las una es muy il lo uno sbagliata
    errata corretta scaduta debole fout juist verplicht onjuist zwak sterk obrigatória errada fraca forte
    nieprawidłowe wymagane fel rätt feil väärä неверный обязателен overrated
    given found shown chosen written taken broken stolen left put read seen spent told thrown drawn grown worn held
    made meant met brought built caught dealt gone got hit entered sufficient enough identical equal stale supplied
    """.split()  # noqa: SIM905 - a vocabulary reads better as text
)
_NEGATED: Final = re.compile(r"(?:un|in|im|ir|non|not|no)-?")
_SAID_ENDING: Final = re.compile(
    r".{2,}(?:ed|ing|ly|able|ible|ful|less|ous|ive|tion|ment|ness|ique|iert|lich|isch|ado|ada|ido|ida|ato|ata|ito|ita)\Z"
)
_HAS_MARK: Final = re.compile(r"\d|[^\W_]*[!@#$%^&+=_~|\\/?][^\W_]|\w-\w+-\w")
_INNER_CAPITAL: Final = re.compile(r"[a-zß-ÿ][A-ZÀ-Þ]")
_TEXT_WITH_DIGIT: Final = re.compile(
    r"\d{1,3}(?:[.,]\d+)?(?:%|x|st|nd|rd|th|ms|s|px|kb|mb|gb|bits?|chars?)?\Z|https?:|www\.", re.IGNORECASE
)

_NOUN: Final = Begun(
    re.compile(
        r"pass|pw|kennw|zugangsc|wlan|losung|log-?in code|wi-?fi key|network key|wpa2? key|mots? de|code d|"
        r"clé |contras|clave|parola|chiave|wacht|senha|palavra|has[łl]o|kod dost|l[öo]senord|adgang|salas|парол|"
        r"код дост|heslo|jelsz|şifre|mật khẩu"
    )
)
"""Where a noun may begin: letters first, so that `re` skips what cannot."""

EXPRESSIONS: Final = (_NOUN, _ASIAN, _LATIN, _HEBREW_ARABIC, _PHRASE, _TOKENS, _KEYS_ELSEWHERE, _CODES_ELSEWHERE, _PAIR)

_BLANKS: Final = frozenset(" \n")
_FUNCTION_WORDS: Final = frozenset(
    """
    please enter your my the a an is are was be must should can to of for and or not in it that with you
    """.split()  # noqa: SIM905
)
_MADE: Final = frozenset({Label.TOKEN, Label.SECRET})
_SAID_TO_BE: Final = re.compile(rf"[ \t]+(?:(?:is|are)\b|(?:{_COPULAS})[ \t])")
_COMPOUND: Final = re.compile(r"[a-zA-Z][ _-][a-zA-Z]")
_LONGEST_NAME: Final = 64
_HEX_OR_UUID: Final = re.compile(r"[0-9a-fA-F-]+\Z")
_SHORT: Final = 3
_MAX_WORDS: Final = 6


def find_statements(reading: Reading) -> list[Secret]:
    """Return the passwords, pass phrases and tokens that sentences in a text tell, by the kind of sentence."""
    return [secret for kind, begun in _KINDS if reading.may_hold(begun) for secret in kind(reading)]


def _passwords(reading: Reading) -> Iterator[Secret]:
    text, folded = reading.text, reading.folded
    strings = Strings(text)
    for noun in reading.matches(_NOUN):
        if in_word(folded, noun.start()):
            continue
        told = _with(text, folded, noun.start()) or _before(text, folded, noun.start())
        if told is not None:
            yield told
            continue
        match = _PASSWORDS.match(folded, noun.start())
        if match is None or _bare_colon(match):
            continue
        lead = _LEAD.match(text, match.end())
        at = lead.end() if lead else match.end()
        secret = _apart(text, at) or _quoted(text, at, strings) or _word(text, at)
        if secret is not None:
            yield secret


def _bare_colon(match: re.Match[str]) -> bool:
    """`password: …` without a word between is no sentence; assignments see to it."""
    return bool(match["colon"]) and not match["gap"].strip()


def _is_said(value: str) -> bool:
    """Tell whether it is a word that is said of passwords, such as `required`, and so none itself."""
    word = value.lower()
    negation = _NEGATED.match(word)
    rest = word[negation.end() :] if negation else word
    return word in _SAID_OF_PASSWORDS or rest in _SAID_OF_PASSWORDS or _SAID_ENDING.match(word) is not None


def _quoted(text: str, at: int, strings: Strings) -> Secret | None:
    at += len(text[at : at + 2]) - len(text[at : at + 2].lstrip("*"))  # Markdown's emphasis
    quoted = quoted_at(text, at)
    if quoted is not None and not strings.closes(at, quoted.mark):
        start, value = quoted.start, quoted.value.rstrip(".,")
    elif typographic := _TYPOGRAPHIC.match(text, at):
        start, value = typographic.start("v"), typographic["v"].rstrip(".,")
    else:
        return None
    if len(value) <= _SHORT or is_placeholder(value) or _is_said(value):
        return None
    if len(value.split()) > _MAX_WORDS or judge(value, Label.PASSWORD) is None:
        return None
    return Secret(start, start + len(value), _TOLD)


def _word(text: str, at: int) -> Secret | None:  # noqa: PLR0911 - reasons to say no
    word = _WORD.match(text, at)
    if word is None:
        return None
    value = word["v"].rstrip(_TRAILING)
    if len(value) <= _SHORT or is_placeholder(value) or _TEXT_WITH_DIGIT.match(value):
        return None
    end = at + (word.start("v") - word.start()) + len(value)
    if _HAS_MARK.search(value) or _INNER_CAPITAL.search(value):
        score = judge(value, Label.PASSWORD)
        if score is None or ("(" in value or "/" in value[:1]):
            return None
        return Secret(end - len(value), end, _GUESSABLE if is_sequence(value) else max(_TOLD, min(score, STRONG)))
    if not value.isalpha() or _is_said(value) or not _CLAUSE_END.match(text, end):
        return None
    if judge(value, Label.PASSWORD) is None:
        return None
    return Secret(end - len(value), end, _PLAIN)


def _tokens(reading: Reading) -> Iterator[Secret]:
    """`use the token … for staging`: what a machine made, behind a noun that says what it is for."""
    text, folded = reading.text, reading.folded
    for match in reading.matches(_TOKENS):
        value = text[match.start("v") : match.end("v")].rstrip(_TRAILING)
        start, stop = match.span("gap")
        name = text[_name_start(text, match.start()) : start]
        # `api_key: …` is no sentence; assignments see to it.
        told = start == stop and _SAID_TO_BE.match(text, stop) is not None and label_of(name) in _MADE
        if in_word(folded, match.start()) and not told:
            continue
        # What is all hexadecimal is a commit or a digest more often than a key, unless it is said to be one.
        if _HEX_OR_UUID.match(value) and (not told or is_uuid(value) or not _COMPOUND.search(name)):
            continue
        if judged(value, Label.TOKEN, reading.scores) != STRONG:
            continue
        yield Secret(match.start("v"), match.start("v") + len(value), _TOLD)


def _keys_elsewhere(reading: Reading) -> Iterator[Secret]:
    for match in reading.matches(_KEYS_ELSEWHERE):
        value = reading.text[match.start("v") : match.end("v")].rstrip(_TRAILING)
        if match["any"] and (
            _HEX_OR_UUID.match(value.removeprefix("0x"))
            or _OF_OTHER_KEYS.search(reading.folded, max(0, match.start() - 12), match.start())
        ):
            continue
        if not is_uuid(value) and judged(value, Label.TOKEN, reading.scores) == STRONG:
            yield Secret(match.start("v"), match.start("v") + len(value), _TOLD)


def _codes_elsewhere(reading: Reading) -> Iterator[Secret]:
    for match in reading.matches(_CODES_ELSEWHERE):
        digits = "".join(filter(str.isdecimal, match["v"]))
        yield Secret(*match.span("v"), _GUESSABLE if is_sequence(digits + digits[-1:]) else _TOLD)


def _name_start(text: str, at: int) -> int:
    """Return where the identifier begins that goes on at `at`: `aws_secret_access_` before `key`."""
    first = max(0, at - _LONGEST_NAME)
    while at > first and (text[at - 1].isalnum() or text[at - 1] in "_-"):
        at -= 1
    return at


def _phrases(reading: Reading) -> Iterator[Secret]:
    for match in reading.matches(_PHRASE):
        if _FUNCTION_WORDS.isdisjoint(match["v"].split()):
            yield Secret(match.start("v"), match.end("v"), _PLAIN)


def _pairs(reading: Reading) -> Iterator[Secret]:
    """`credentials: admin / …`."""
    text, folded = reading.text, reading.folded
    for match in reading.matches(_PAIR):
        value = text[match.start("v") : match.end("v")].rstrip(_TRAILING)
        if not in_word(folded, match.start()) and _unspoken(value):
            yield Secret(match.start("v"), match.start("v") + len(value), _TOLD)


def _with(text: str, folded: str, at: int) -> Secret | None:
    """`log in with password …`: no verb between, so the word before must lead to it."""
    match = _WITH.match(folded, at)
    if match is None or not _WITH_BEFORE.search(folded, max(0, at - 16), at):
        return None
    value = text[match.start("v") : match.end("v")].rstrip(_TRAILING)
    if _TECHNICAL.match(value.lower()) or not _unspoken(value):
        return None
    return Secret(match.start("v"), match.start("v") + len(value), _TOLD)


def _before(text: str, folded: str, at: int) -> Secret | None:
    """`use … as the password`, and `password …`; of the noun at `at`."""
    if at and folded[at - 1] not in _BLANKS:
        return None
    first = max(0, at - _REACH)
    beside = _BESIDE.match(folded, at)
    if beside is not None and (beside["noun"] or _USER_BEFORE.search(folded, first, at)):
        return _strong(text, *beside.span("v"))
    told = _TOLD_BEFORE.search(folded, first, at) if _NOUN_ALONE.match(folded, at) else None
    return _strong(text, *told.span("v")) if told is not None else None


def _apart(text: str, at: int) -> Secret | None:
    """`my password is [...]`, or the value on a line of its own."""
    match = (_BRACKETED if text[at : at + 1] in {"[", "("} else _BELOW).match(text, at)
    return _strong(text, *match.span("v")) if match is not None else None


def _strong(text: str, start: int, end: int) -> Secret | None:
    """Tell a value that stands where a word of the sentence could: it must be more than any word."""
    value = text[start:end].rstrip(_TRAILING)
    strong = is_telling(value) and not _TECHNICAL.match(value.lower()) and judge(value, Label.PASSWORD) == STRONG
    return Secret(start, start + len(value), _TOLD) if strong else None


def _unspoken(value: str) -> bool:
    """Tell whether it is more of a password than any word of a sentence."""
    score = judge(value, Label.PASSWORD)
    marked = score is not None and score >= _PLAIN and _HAS_MARK.search(value) is not None
    return marked and len(value) > _SHORT and not _is_said(value)


def _unspaced(reading: Reading) -> Iterator[Secret]:
    for expression in (_ASIAN, _LATIN, _HEBREW_ARABIC):
        for match in reading.matches(expression, cased=expression is not _LATIN):
            value = reading.text[match.start("v") : match.end("v")].rstrip(_TRAILING)
            score = judged(value, Label.PASSWORD, reading.scores) if len(value) > _SHORT else None
            if score is not None and not _TEXT_WITH_DIGIT.match(value):
                yield Secret(match.start("v"), match.start("v") + len(value), max(score, _PLAIN))


_KINDS: Final = (
    (_passwords, (_NOUN,)),
    (_unspaced, (_ASIAN, _LATIN, _HEBREW_ARABIC)),
    (_phrases, (_PHRASE,)),
    (_tokens, (_TOKENS,)),
    (_pairs, (_PAIR,)),
    (_keys_elsewhere, (_KEYS_ELSEWHERE,)),
    (_codes_elsewhere, (_CODES_ELSEWHERE,)),
)
