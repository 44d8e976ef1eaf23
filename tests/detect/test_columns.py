import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.columns import find_columns
from gateway.detect.places import Reading

ONE = "sunflower42"
OTHER = "Xk7mQ2vLp9Rt"


def found(text: str) -> list[str]:
    return [text[secret.start : secret.end] for secret in find_columns(Reading(text))]


@pytest.mark.parametrize(
    "text",
    [
        f"user,password\nanna,{ONE}\nbob,{OTHER}\n",
        f"password,user\r\n{ONE},anna\r\n{OTHER},bob\r\n",
        f"user;db password;host\nanna;{ONE};a\nbob;{OTHER};b",
        f"user\tpassword\nanna\t{ONE}\nbob\t{OTHER}",
        f'"user","password"\n"anna","{ONE}"\n"bob","{OTHER}"\n',
        f'user,note,password\nanna,"of two\nlines, with a comma",{ONE}\nbob,,{OTHER}',
        f"| user | **Password** |\n|---|:---:|\n| anna | {ONE} |\n| bob | `{OTHER}` |\n\nThe end",
        f" user | password \n------+----------\n anna | {ONE}\n bob  | {OTHER}\n(2 rows)",
        f"<table><tr><th>Name<th>Password<tr><td>anna<td>{ONE}</td></tr><tr><td>bob<td><code>{OTHER}</code></table>",
        f"<table><tr><th>Name</th><th>Password</th></tr><tr><td>a</td><td>{ONE}</td></tr><tr><td>b<td>{OTHER}</tr>",
        f"<tr>\n<th class='x'><b>Password</b></th>\n<th>User</th>\n<tr><td>{ONE}<td>anna<tr><td>{OTHER}<td>bob",
        f'[["user", "password"], ["anna", "{ONE}"], ["bob", "{OTHER}"]]',
        f'{{"columns":["user","password"],"rows":[["anna","{ONE}"],["bob","{OTHER}"]]}}',
        f"[\n ['password', 'age', 'user'],\n ['{ONE}', 3, 'an\\'na'],\n ['{OTHER}', null, 'bob']\n]",
        f"INSERT INTO users (name, password) VALUES ('anna', '{ONE}'), ('bob', '{OTHER}');",
        f"insert into users(\n  password,\n  name)\nvalues\n  ('{ONE}', 'a ''b'', (c)'),\n  ('{OTHER}', 'd');",
    ],
)
def test_what_stands_in_a_column_of_passwords_is_found(text: str) -> None:
    assert found(text) == [ONE, OTHER]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("name;pin\nanna;4821\nbob;9172", ["4821", "9172"]),
        ('[["name","pin"],["anna",4821],["bob",9172]]', ["4821", "9172"]),
        ("door,door code\nnorth,48213\nsouth,4827", ["48213", "4827"]),
        ("id,amount,cvv\n1,12.50,831\n2,8.00,2244", ["831", "2244"]),
        ("name,password,pin\nanna,sunflower42,4821", ["sunflower42", "4821"]),
        ("service,api_key\nledger,8fKx2mQ9zLw4Rt7Yp1Vb", ["8fKx2mQ9zLw4Rt7Yp1Vb"]),
    ],
)
def test_what_stands_in_columns_of_codes_and_keys_is_found(text: str, values: list[str]) -> None:
    assert found(text) == values


def test_a_table_ends_where_a_row_has_more_cells_or_nothing_stands() -> None:
    assert found(f"a,password\nx,{ONE}\nx,{OTHER},z\nx,{OTHER}") == [ONE]
    assert found(f"a,password\nx,{ONE}\n\nx,{OTHER}") == [ONE]


@pytest.mark.parametrize(
    "text",
    [
        '{"required":["user","password"],"enum":["abc12345","def45678"]}',
        '["user","password"]',
        '["user","password"], {"a": ["x1234567a", "y1234567b"]}',
        "| Field | Password |\n|---|---|\n| Type | VARCHAR(255) |\n| Hash | bcrypt12 |\n| Default | changeme |",
        "| Method | Password |\n|---|---|\n| Supported | v2.1.12345 |\n| Since | 2024-03-12 |",
        "Enter username, password, and email\nThen click, next, go2Page9x",
        "pin,name\n14,GND\n15,VCC",
        "name,PIN\nanna,560034",
        "name,code\nanna,48213",
        "words = [\n    'password',\n    's16vector-ref',\n]",
        "def f(user, password):\n    return user2, password2",
        "a,b,token\n1,2,hello world\n3,4,running8",
        "name,secret\nledger,prod-ledger-tls2",
        "<table><tr><td>Password</td><td>x</td></tr><tr><td>Address22</td><td>y</td></tr></table>",
        "<table><tr><th>Password</th><td>x</td></tr><tr><th>Address22</th><td>y</td></tr></table>",
        "INSERT INTO users (name, password) SELECT name, password2 FROM old1user",
        "INSERT INTO users (name, password) VALUES (?, ?), (:name, :new_password)",
    ],
)
def test_tables_without_secrets_have_none(text: str) -> None:
    assert found(text) == []


@given(
    st.lists(
        st.sampled_from([*"|,;\t\n(')\"", "password", "pin", "<tr>", "<th>", "</th>", "VALUES", "4821", ONE]),
        max_size=40,
    )
)
def test_offsets_lie_in_the_text(parts: list[str]) -> None:
    text = "".join(parts)
    for secret in find_columns(Reading(text)):
        assert 0 <= secret.start < secret.end <= len(text)
