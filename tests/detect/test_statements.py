import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.places import Reading
from gateway.detect.statements import find_statements

POLICY = 0.5


def found(text: str, least: float = POLICY) -> list[str]:
    return [text[secret.start : secret.end] for secret in find_statements(Reading(text)) if secret.score >= least]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the password is hunter2", "hunter2"),
        ("The password is: hunter2", "hunter2"),
        ("the password is 'Secret123'", "Secret123"),
        ('ensure the password is "centipede" and press the button', "centipede"),
        ("Ensure the password for user 'postgres' is 'admin' or change it", "admin"),
        ("my password is swordfish.", "swordfish"),
        ("his password is bluebird and he uses it everywhere", "bluebird"),
        ("our wifi password is BlueBird77", "BlueBird77"),
        ("the password for the staging box is Tr0ub4dor&3, thanks", "Tr0ub4dor&3"),
        ("Password (staging): Kx91-mmQ", "Kx91-mmQ"),
        ("**Password for staging:** `Kx91-mmQ`", "Kx91-mmQ"),
        ("كلمة المرور: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("סיסמה: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("पासवर्ड: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("รหัสผ่าน: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("passphrase: correct horse battery staple", "correct horse battery staple"),
        ("Das Passwort lautet Sommer2024!", "Sommer2024!"),
        ("Le mot de passe du serveur est Soleil-2024.", "Soleil-2024"),
        ("la contraseña es Gato1234", "Gato1234"),
        ("la password è Gatto99", "Gatto99"),
        ("het wachtwoord is Fiets12", "Fiets12"),
        ("a senha é Cachorro1", "Cachorro1"),
        ("hasło to Kotek77", "Kotek77"),
        ("Lösenordet är Katt123", "Katt123"),
        ("Пароль от почты — qwe123rty", "qwe123rty"),
        ("密码是Abc12345。", "Abc12345"),
        ("パスワードはneko2024です", "neko2024"),
        ("my login for the portal: jdoe / Summer2024!", "Summer2024!"),
        ("Zugangsdaten: mueller / Sommer!2024", "Sommer!2024"),
        ("username/password: admin/Welcome1", "Welcome1"),
        ("ssh root@host with password toor123", "toor123"),
        ("password for the prod db -> kV9rLampe3", "kV9rLampe3"),
        ("The root password was changed to kV9rLampe3 yesterday", "kV9rLampe3"),
        ("use the token 7Kd92mQpXz4LwT8v for staging", "7Kd92mQpXz4LwT8v"),
        ("here is my api key qT9vB2nX7wL4kR8mZ3pD1s, please debug", "qT9vB2nX7wL4kR8mZ3pD1s"),
        ("My aws_secret_access_key is yns7HcgULYtEQOaxDk0NiuMpULFMPR8xV1vGT04j.", "yns7HcgULYtEQOaxDk0NiuMpULFMPR8xV1vGT04j"),
        ("my api key is f3a9c17be04d82a6c5e1907b3d4f28ab", "f3a9c17be04d82a6c5e1907b3d4f28ab"),
    ],
)  # fmt: skip
def test_a_secret_told_in_a_sentence_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("API密钥：a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("API密钥是f3a9c17be04d82a6c5e1907b3d4f28ab", "f3a9c17be04d82a6c5e1907b3d4f28ab"),
        ("访问令牌：a8Xk2LmP9qRt4VwZb3请保密", "a8Xk2LmP9qRt4VwZb3"),
        ("APIキーはa8Xk2LmP9qRt4VwZb3です", "a8Xk2LmP9qRt4VwZb3"),
        ("アクセストークン：a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("API 키: a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("액세스 토큰은 a8Xk2LmP9qRt4VwZb3입니다", "a8Xk2LmP9qRt4VwZb3"),
        ("API ключ: a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("API-Schlüssel: a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("Der API-Schlüssel für die Kasse lautet a8Xk2LmP9qRt4VwZb3.", "a8Xk2LmP9qRt4VwZb3"),
        ("Clé API\u202f: a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("a chave de API é f3a9c17be04d82a6c5e1907b3d4f28ab", "f3a9c17be04d82a6c5e1907b3d4f28ab"),
        ("chiave API: a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("klucz API: a8Xk2LmP9qRt4VwZb3", "a8Xk2LmP9qRt4VwZb3"),
        ("您的验证码是482913，请勿泄露", "482913"),
        ("認証コード：482913", "482913"),
        ("인증번호 [482913]", "482913"),
        ("暗証番号は4827です", "4827"),
        ("비번은 kV9rLampe3", "kV9rLampe3"),
    ],
)
def test_a_key_or_code_of_another_language_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "密钥长度为 2048 位", "公開キー: a8Xk2LmP9qRt4VwZb3", "キー: f3a9c17be04d82a6c5e1907b3d4f28ab", "キーボード設定は configuration-of-things",
        "验证码 6 位", "验证码为1234", "открытый ключ: a8Xk2LmP9qRt4VwZb3", "clé API : YOUR_API_KEY_GOES_HERE", "ключ и internationalization",
        "der API-Schlüssel steht in der Konfiguration-des-Servers", "暗証番号は4桁の数字です", "클릭하여 키 internationalization-of-keys",
    ],
)  # fmt: skip
def test_what_is_said_of_keys_in_other_languages_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my password is [kV9rLampe3]", "kV9rLampe3"),
        ("my password is (kV9rLampe3), I think", "kV9rLampe3"),
        ("Mein Passwort ist\nSommer2024", "Sommer2024"),
        ("mon mot de passe est :\n\nSoleil2024", "Soleil2024"),
        ("my password is:\n```\nkV9rLampe3\n```", "kV9rLampe3"),
        ("use kV9rLampe3 as the password", "kV9rLampe3"),
        ("Sommer2024 ist mein Passwort.", "Sommer2024"),
        ("Usa Gato1234x como contraseña", "Gato1234x"),
        ("the pw is Sommer2024", "Sommer2024"),
        ("user etl pw Sommer2024", "Sommer2024"),
        ("Benutzer etl, Passwort Sommer2024", "Sommer2024"),
        ("Passwort Sommer2024 geht nicht mehr", "Sommer2024"),
        ("I tried password kV9rLampe3 and it failed", "kV9rLampe3"),
        ("usuario etl clave Sommer2024", "Sommer2024"),
        ("mật khẩu của tôi là Lampe2024", "Lampe2024"),
    ],
)
def test_a_password_in_brackets_below_before_the_noun_or_beside_a_user_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "use bcrypt2024 as the password hash", "the password is (required)", "Argon2id is the password hashing we use",
        "use PBKDF2WithHmacSHA256 as the password encoder", "the password is\nencrypted", "user types password field12345",
        "Windows10 is the system, password reset follows", "use config.db2024 as password", "SHA-256 as password hash",
        "the password BCryptPasswordEncoder makes", "password RFC8018-derived", "we pass Sommer2024x as value", "password Base64Encoded",
        "the password is [1]", "my password is:\n- at least 8 characters\n- with 2 digits",
    ],
)  # fmt: skip
def test_what_is_said_of_passwords_in_brackets_and_before_the_noun_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "The password is required", "how do I reset my password?", "password must be at least 8 characters: use digits",
        "A password manager that is secure", "Das Passwort ist falsch.", "PIN code 560034", "PIN: 560034", "error code: 4040",
        "Is the password encrypted?", "password is stored in plaintext", "If your password is weak, change it",
        "the password is 12 characters long", 'The password is "password"', "Password is case-sensitive.",
        "I forgot what my password is", "the country code is 4912", "The key point is internationalization-of-things",
        "the key commit 3f2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b", "the token is valid for 3600 seconds", "status code: 404",
        "passphrase: please enter your secret words", "the pin is on pin 4", "El password es obligatorio.", "shopping: 4711",
        "Le mot de passe est incorrect.", "la contraseña es incorrecta", "what is the password for?", "zip code: 90210",
        "def login(self, user = '', password = '', domain = ''):", "The secret key of success is hard work.",
        "the cache_key is yns7HcgULYtEQOaxDk0NiuMp", "the key is f3a9c17be04d82a6c5e1907b3d4f28ab", "api key f3a9c17be04d82a6c5e1907b3d4f28ab",
        "the access token is 123e4567-e89b-12d3-a456-426614174000", "log in with password sha256 hashing", "login: https://example.com/login", "with password protection and 2FA", "credentials: see below / above",
    ],
)  # fmt: skip
def test_talk_about_secrets_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["password is 123456", "the password is: 12345678"])
def test_a_guessable_number_stays_below_the_policys_threshold(text: str) -> None:
    assert found(text) == []
    assert found(text, least=0.1)


@given(st.text(max_size=300))
def test_offsets_lie_in_the_text(text: str) -> None:
    for secret in find_statements(Reading(f"{text}the password is {text} with password {text}")):
        assert 0 <= secret.start < secret.end
