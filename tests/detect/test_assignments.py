import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.assignments import find_assignments
from gateway.detect.places import Reading, lower
from gateway.detect.secret_values import CODE, STRONG, WEAK

POLICY = 0.5


def found(text: str, least: float = POLICY) -> list[str]:
    return [text[secret.start : secret.end] for secret in find_assignments(Reading(text)) if secret.score >= least]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('password = "hunter2"', "hunter2"),
        ("password: 'Xk9!mPq2'", "Xk9!mPq2"),
        ('password: str = "Xk9!mPq2"', "Xk9!mPq2"),
        ("DB_PASSWORD=Tr0ub4dor&3", "Tr0ub4dor&3"),
        ("export DB_PASSWORD='s3cr3t-Pa$$'", "s3cr3t-Pa$$"),
        ("PGPASSWORD=abc7123 psql -h db", "abc7123"),
        ("mysql --user=root --password=Zx81spectrum -h db", "Zx81spectrum"),
        ("mysql -u root --password Zx81spectrum -h db", "Zx81spectrum"),
        ("command: redis-server --requirepass Zx81spectrum", "Zx81spectrum"),
        ("Connect-VIServer -User a -Password VMware1!", "VMware1!"),
        ("<db:password>hunter2</db:password>", "hunter2"),
        ('<entry key="password">hunter2</entry>', "hunter2"),
        ('<add key="MailPassword" value="Prestigitariu$"/>', "Prestigitariu$"),
        ('{"username": "bob", "password": "correcthorse9"}', "correcthorse9"),
        ('"{\\"password\\": \\"correcthorse9\\"}"', "correcthorse9"),
        ("&quot;password&quot;: &quot;correcthorse9&quot;", "correcthorse9"),
        ('- name: DB_PASSWORD\n  value: "p4ssw0rd-prod"', "p4ssw0rd-prod"),
        ('{"name": "DB_PASSWORD", "value": "p4ssw0rd-prod"}', "p4ssw0rd-prod"),
        ('variable "corp_token" {\n  default = "8fKx2mQ9zLw4Rt7Yp1Vb"\n}', "8fKx2mQ9zLw4Rt7Yp1Vb"),
        ('API_KEY = os.getenv("API_KEY", "9aF3kLm2Qx7ZpT1vB8nC4")', "9aF3kLm2Qx7ZpT1vB8nC4"),
        ('conn.setPassword("Winter2024!")', "Winter2024!"),
        ("https://api.example/v1?api_key=9f8e7d6c5b4a39a81706f5e4d3c2b1a0&page=1", "9f8e7d6c5b4a39a81706f5e4d3c2b1a0"),
        ("X-Api-Key: 7f3a9c2e4b1d8f6a5c0e", "7f3a9c2e4b1d8f6a5c0e"),
        ("| Password | Tr0ub4dor&3 |", "Tr0ub4dor&3"),
        ("Password: swordfish", "swordfish"),
        ("Wifi password: BlueBird77.", "BlueBird77"),
        ("Login: bob / Password: hunter22!", "hunter22!"),
        ("Passwort: Geheim123", "Geheim123"),
        ("Hasło: Kotek1234", "Kotek1234"),
        ("password [kV9rLampe3]", "kV9rLampe3"),
        ("Password: [Sommer2024]", "Sommer2024"),
        ("moje hasło [kV9r-Lampe3] nie działa", "kV9r-Lampe3"),
        ("mot de passe : Soleil2024", "Soleil2024"),
        ("contraseña: Gato1234", "Gato1234"),
        ("пароль: Kot12345", "Kot12345"),
        ("password: “hunter2”", "hunter2"),
        ("password = super$ecret", "super$ecret"),
        ("password: P@ss(w0rd;x", "P@ss(w0rd;x"),
        ("password := `in2thewild`", "in2thewild"),
        (":password => '4ian1234',", "4ian1234"),
        ('if password == "team10":', "team10"),
        ("password=839104", "839104"),
        ('jwt:\n  secret: "acb1ca5bc8d7fb2ef9f890f1be16d964"', "acb1ca5bc8d7fb2ef9f890f1be16d964"),
        ("**Password:** q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("- **API key:** `8f3kd92jx0a7m4qpz6wv1c5t`", "8f3kd92jx0a7m4qpz6wv1c5t"),
        ("__Password:__ q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("'''Password:''' q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("Password → q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("Password:\n```text\nq8Zt2mVx7Lp4\n```", "q8Zt2mVx7Lp4"),
        ("Password:\nq8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("db:\n  password: >-\n    q8Zt2mVx7Lp4\n", "q8Zt2mVx7Lp4"),
        ("password:\n  - q8Zt2mVx7Lp4\n", "q8Zt2mVx7Lp4"),
        ("<tr>\n  <th>Password:</th>\n  <td>q8Zt2mVx7Lp4</td>\n</tr>", "q8Zt2mVx7Lp4"),
        ("<dt>Password</dt><dd>q8Zt2mVx7Lp4</dd>", "q8Zt2mVx7Lp4"),
        ("Username\tbob\nPassword\tq8Zt2mVx7Lp4\nHost\tdb", "q8Zt2mVx7Lp4"),
        ('see {"password": {"value": "q8Zt2mVx7Lp4"}}', "q8Zt2mVx7Lp4"),
        ('see {"password": ["q8Zt2mVx7Lp4"]}', "q8Zt2mVx7Lp4"),
        ("db:\n  password: |\n    sunflower42\n", "sunflower42"),
        ("Password:\n```\nsunflower42\n```", "sunflower42"),
        ("Mot de passe\xa0: sunflower42", "sunflower42"),
        ("Mot de passe\u202f: sunflower42", "sunflower42"),
        ("<b>Password</b>: sunflower42", "sunflower42"),
        ("<p><strong>Password:</strong> <code>sunflower42</code></p>", "sunflower42"),
        ("<strong>Password:</strong><br>sunflower42", "sunflower42"),
        ("Password:</td><td>sunflower42", "sunflower42"),
        ("[b]Password:[/b] sunflower42", "sunflower42"),
        ("\\textbf{Password:} sunflower42", "sunflower42"),
        ("\\textbf{Password}: sunflower42", "sunflower42"),
        ("<password><![CDATA[sunflower42]]></password>", "sunflower42"),
        ("<password>\n  sunflower42\n</password>", "sunflower42"),
        ('<property name="password"><value>sunflower42</value></property>', "sunflower42"),
        ("Wifi password\nq8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("## API key\n\nq8Zt2mVx7Lp4q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4q8Zt2mVx7Lp4"),
        ("## Password\n\nsunflower42", "sunflower42"),
        ("### Password\n`sunflower42`\n", "sunflower42"),
        ("**Password**\nsunflower42", "sunflower42"),
        ("PASSWORD\n========\nsunflower42", "sunflower42"),
        ("Password\n```\nsunflower42\n```", "sunflower42"),
        ("Password — sunflower42", "sunflower42"),
        ("- Password - sunflower42.", "sunflower42"),
        ("the password (sunflower42)", "sunflower42"),
        ("Password ........ sunflower42", "sunflower42"),
        ("Password ⇒ sunflower42", "sunflower42"),
        ("şifre: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("Jelszó: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("Parola: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("Κωδικός: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("Mật khẩu: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("kata sandi: q8Zt2mVx7Lp4", "q8Zt2mVx7Lp4"),
        ("buildConfigField 'String' , 'API_KEY' , '\"951bc382db9cfee29c68634761dd6e19\"'", "951bc382db9cfee29c68634761dd6e19"),
    ],
)  # fmt: skip
def test_the_value_alone_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "password: str", "password: string;", "def login(user: str, password: str) -> Token:", "password = None",
        'API_KEY=os.environ["API_KEY"]', 'api_key = config.get("api_key")', "password = env.PERKEEP_TEST_PASSWORD",
        "DB_PASSWORD=${DB_PASS}", 'export PGPASSWORD="$db_password"', "API_KEY=changeme", 'api_key: "<your-key>"', "token: xxxxxxxxxxxx",
        '<input type="password" name="password" placeholder="Enter your password">', "<label>Password</label>",
        "const password = document.getElementById('password').value;", '"password": {"type": "string", "minLength": 8}',
        "token = 50256; max_tokens: 4096", '"token": "hello world"', "tokenizer.pad_token = tokenizer.eos_token",
        'secret_name = "prod/db/password"', "password_hash = bcrypt.hashpw(password.encode(), salt)", "Password: required",
        'input("Password: ")', 'print("Password: " + pw)', 'String both = "application:" + appKey + ":" + appSecret;',
        'this.addPassword = "#add-password";', "key={item.id}", 'primary_key=True, key="user_id"', "passwords: 3",
        "forgot password? Click: here", "echo 'password = '.$p['config']['daemon_password'].\"\\n\";",
        'usernameLabel:"Username or email:",passwordLabel:"Password:",rememberMeLabel:"Remember me:"',
        '"MasterUserPassword: " + getMasterUserPassword() + ","', "PASSWORD=$($(dirname $0)/../bin/get LOCAL_PASSWORD)",
        'IAMUserChangePassword = "arn:aws:iam::aws:policy/IAMUserChangePassword"', 'password = "123"', "password: ********",
        "user_key: d2db5ec4-6e7a-11ee-b962-0242ac120002", "integrity: sha512-oRvJ0K3s9cX2bQ7Lm4Zt8w==", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "password: The user's password.", "for key, value in items:",
        "commit 3f2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b", "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA", "self.password = password",
        "password=user_password", "db.connect(user=user, password=password)", 'raise ValueError("password: wrong length")',
        "'password' => ['required', 'min:8'],", "passwords:\n  policy:\n    length: 8", "Password:\nrequired", "DB_PASSWORD=\nAPI_URL2=Xy7.local", "DB_PASSWORD:\nAPI_URL2:Xy7.local", "**Password:** required",
        "username\npassword\naddress1\ncreatedAt2\n", "Password\nForgot password?", "password\nann.lee2@mail.de", "password\nsrc/File2.ts",
        "## Password\n\nMinimum of 8 characters", "Password - required", "Forgot password - Acme", "password - Step2", "password (min8chars)",
        "password (8+)", "password (sha256sum)", "reset_password (user1)", "password – ISO27001 rules", "password ... 8 characters",
        "<b>Password:</b> required", "<p>Password: required</p>", '<input name="password">\n  Step2ofThree\n', "color: [b]sunflower42",
        "type User struct {\n\tPassword\tstring\n}", "password\tvarchar(255)", "PASS\tTestLogin1", "<th>Password</th><th>Email</th>",
        "const [password, setPassword] = useState('')", "`password` varchar(255) NOT NULL", "How do I reset my password?",
        "password [Ames2014]", "of passwords [RFC8018]", "Password: [a-zA-Z0-9]{8}", "password [optional]", "password: [RFC8018]",
        "a password [ISO27001] policy",
    ],
)  # fmt: skip
def test_what_only_looks_like_an_assignment_is_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["DB_PASSWORD=whiteduke", 'password = "lampenlicht"', "password = open_sesame"])
def test_a_plain_word_in_code_stays_below_the_policys_threshold(text: str) -> None:
    (secret,) = find_assignments(Reading(text))

    assert secret.score == WEAK


def test_a_strong_value_scores_high() -> None:
    (secret,) = find_assignments(Reading("password = 'Xk9!mPq2vv'"))

    assert secret.score == STRONG


def test_all_values_of_a_block_are_found() -> None:
    text = "DB_USER=etl\nDB_PASSWORD=kV9r-Lampe\nAPI_TOKEN=8fKx2mQ9zLw4Rt7Yp1Vb\n# comment\nSMTP_PASSWORD: 'q7!Zp'\n"

    assert found(text) == ["kV9r-Lampe", "8fKx2mQ9zLw4Rt7Yp1Vb", "q7!Zp"]


def test_an_apostrophe_before_does_not_hide_a_value() -> None:
    assert found("don't forget, password: 'hunter22'") == ["hunter22"]


@given(st.text(max_size=200), st.text(max_size=200))
def test_offsets_lie_in_the_text_whatever_surrounds_the_value(before: str, after: str) -> None:
    text = f"{before} password='kV9r-Lampe3' {after}"

    for secret in find_assignments(Reading(text)):
        assert 0 <= secret.start < secret.end <= len(text)
        assert 0 < secret.score <= 1


@given(st.text(alphabet="abc İßﬁ\n", max_size=60))
def test_letters_that_grow_when_lowered_do_not_move_the_value(before: str) -> None:
    text = f"{before}\npassword = 'kV9r-Lampe3'"

    assert "kV9r-Lampe3" in found(text)


@given(st.text(max_size=100))
def test_lower_keeps_the_length(text: str) -> None:
    assert len(lower(text)) == len(text)


@pytest.mark.parametrize("step", [".", "::", "->", "?.", "?", "+", "&&", "||", "?.$", ".a", "?.a"])
@pytest.mark.parametrize("steps", [1, 3, 15, 16, 17, 40])
def test_a_value_with_many_steps_is_code_up_to_sixteen_of_them(step: str, steps: int) -> None:
    assert bool(CODE.match("a" + step * steps + "b")) is (steps <= 16)
    assert not CODE.match("a" + step * steps + "!")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("====== Data ======\nKey         Value\n---         -----\npassword    Gm7pQ2xVw\nuser  svc", "Gm7pQ2xVw"),
        ("api_key     82hdkq02jdkslq9x\nregion      eu-west-1", "82hdkq02jdkslq9x"),
        ("  client_secret      Qz8!kd02LmPw7", "Qz8!kd02LmPw7"),
        ("run --password    Zx81spectrum -h db", "Zx81spectrum"),
        ('password    "hunter2-Blue"', "hunter2-Blue"),
    ],
)
def test_a_value_that_stands_blanks_apart_from_its_name_in_a_printed_record(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "password    string   required",
        "token       the-token2",
        "password    SHA-256",
        "api_key     Optional[str]",
        "the password    Gm7pQ2xVw",
        "password    anna@clinic9.com",
        "secret      see section 4b",
    ],
)
def test_what_is_said_of_a_field_blanks_apart_from_its_name_is_none(text: str) -> None:
    assert found(text) == []
