import pytest

from gateway.detect.labels import Label, label_of


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("password", Label.PASSWORD), ("AdminPassword", Label.PASSWORD), ("PGPASSWORD", Label.PASSWORD), ("DB_PASS", Label.PASSWORD),
        ("password_prod", Label.PASSWORD), ("contraseña", Label.PASSWORD), ("hasło", Label.PASSWORD), ("moje_hasło", Label.PASSWORD), ("mot de passe", Label.PASSWORD), ("my-pwd2", Label.PASSWORD),
        ("client_secret", Label.SECRET), ("jwtsecret", Label.SECRET), ("aws.credentials", Label.SECRET),
        ("fbApiKey", Label.TOKEN), ("X-Api-Key", Label.TOKEN), ("access_token", Label.TOKEN), ("SECRET_KEY", Label.TOKEN),
        ("config.facebook.key", Label.KEY), ("sonar.login", Label.KEY), ("auth", Label.KEY),
    ],
)  # fmt: skip
def test_the_last_noun_tells_the_kind(name: str, label: Label) -> None:
    assert label_of(name) is label


@pytest.mark.parametrize(
    "name",
    [
        "password_reset_url", "passwordField", "public_key", "primaryKey", "pad_token", "next_page_token", "max_tokens", "tokenizer",
        "has_password", "secret_name", "keyboard", "bypass", "compass", "author", "", "keyword", "forgotPassword", "cache_key",
    ],
)  # fmt: skip
def test_a_name_that_only_holds_the_word_announces_nothing(name: str) -> None:
    assert label_of(name) is None
