"""Files and vector stores that an upstream keeps, over real sockets with the official SDK."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest

from gateway.adapters.readers import bundled_readers
from gateway.pipeline import Engine
from tests.fakes.engines import engine
from tests.server.test_state import ADDRESS, OTHER, identity, sdk, stateful

CSV = f"name,address\nMartha,{ADDRESS}\nOskar,{OTHER}\n".encode()
SECRET = b"My number is 536-22-8741\n"


def reading() -> Engine:
    return replace(engine(), readers=tuple(bundled_readers()))


async def uploaded(client: openai.AsyncOpenAI, name: str, content: bytes, purpose: Any = "assistants") -> Any:
    return await client.files.create(file=(name, content), purpose=purpose)


async def test_a_file_is_tokenised_for_the_cloud_and_comes_back_as_it_was(tmp_path: Path) -> None:
    async with stateful(tmp_path, engine_=reading()) as w, sdk(w) as client:
        file = await uploaded(client, "martha@nordhavn-clinic.com.csv", CSV)
        assert file.filename == "martha@nordhavn-clinic.com.csv"
        assert (await client.files.retrieve(file.id)).filename == file.filename
        assert (await client.files.content(file.id)).content == CSV
        answer = await client.responses.create(
            model="m",
            input=[{"role": "user", "content": [{"type": "input_file", "file_id": file.id}]}],
        )
        assert answer.id
        cloud = w.received("cloud")
        assert b"name,address" in cloud
        assert ADDRESS.encode() not in cloud
        assert OTHER.encode() not in cloud
        await client.files.delete(file.id)
        for call in (client.files.retrieve, client.files.content, client.files.delete):
            with pytest.raises(openai.NotFoundError):
                await call(file.id)


async def test_a_file_of_high_level_or_that_nobody_reads_stays_at_home(tmp_path: Path) -> None:
    async with stateful(tmp_path, engine_=reading()) as w, sdk(w) as client:
        for content in (SECRET, b"\x00\x01\x02\xff" * 100):
            file = await uploaded(client, "x.bin", content)
            assert (await client.files.content(file.id)).content == content
        assert not w.received("cloud")
        assert SECRET in w.received("local")


async def test_lists_show_the_callers_own_and_nobody_elses(tmp_path: Path) -> None:
    settings = {"identity": identity(tmp_path)}
    async with (
        stateful(tmp_path, settings, engine_=reading()) as w,
        sdk(w, "a") as ann,
        sdk(w, "b") as bob,
        sdk(w, "c") as rival,
    ):
        files = [await uploaded(ann, f"{number}-{ADDRESS}.txt", b"Hello") for number in range(3)]
        home = await uploaded(ann, "secret.txt", SECRET)
        theirs = await uploaded(rival, "theirs.txt", b"Hello")
        listed = await ann.files.list()
        assert [file.id for file in listed.data] == [home.id, *(file.id for file in reversed(files))]
        assert listed.data[-1].filename == f"0-{ADDRESS}.txt"
        page = await ann.files.list(limit=2, order="asc")
        assert [file.id for file in page.data] == [file.id for file in files[:2]]
        rest = [file.id async for file in ann.files.list(limit=2, order="asc")]
        assert rest == [*(file.id for file in files), home.id]
        assert [file.id for file in (await rival.files.list()).data] == [theirs.id]
        assert not (await bob.files.list()).data
        assert not (await ann.files.list(purpose="batch")).data
        with pytest.raises(openai.NotFoundError):
            await bob.files.list(after=files[0].id)
        with pytest.raises(openai.BadRequestError):
            await ann.files.list(purpose=ADDRESS)
        assert ("GET", "/v1/files", "") not in w.upstreams["cloud"].asked  # type: ignore[attr-defined]
        for call in (rival.files.retrieve, rival.files.content, rival.files.delete):
            answers = set()
            for id_ in (files[0].id, "file-never-was"):
                with pytest.raises(openai.NotFoundError) as caught:
                    await call(id_)
                answers.add(caught.value.response.text)
            assert len(answers) == 1


async def test_a_vector_store_is_made_searched_and_restored(tmp_path: Path) -> None:
    async with stateful(tmp_path, engine_=reading()) as w, sdk(w) as client:
        one = await uploaded(client, "one.csv", CSV)
        two = await uploaded(client, "two.csv", f"Bills go to {ADDRESS}\n".encode())
        store = await client.vector_stores.create(name=f"About {ADDRESS}", file_ids=[one.id])
        assert store.name == f"About {ADDRESS}"
        await client.vector_stores.files.create(store.id, file_id=two.id)
        assert len((await client.vector_stores.files.list(store.id)).data) == 2
        found = await client.vector_stores.search(store.id, query=ADDRESS)
        texts = [part.text for result in found.data for part in result.content]
        assert texts == [f"Martha,{ADDRESS}", f"Bills go to {ADDRESS}"]
        updated = await client.vector_stores.update(store.id, name=f"Also {OTHER}")
        assert updated.name == f"Also {OTHER}"
        assert [each.name for each in (await client.vector_stores.list()).data] == [f"Also {OTHER}"]
        answer = await client.responses.create(
            model="m", input="Hello", tools=[{"type": "file_search", "vector_store_ids": [store.id]}]
        )
        assert answer.output_text == "Hello"
        assert ADDRESS.encode() not in w.received("cloud")
        await client.vector_stores.delete(store.id)
        with pytest.raises(openai.NotFoundError):
            await client.vector_stores.retrieve(store.id)


async def test_a_file_kept_at_home_never_gets_into_a_store_of_the_cloud(tmp_path: Path) -> None:
    async with stateful(tmp_path, engine_=reading()) as w, sdk(w) as client:
        store = await client.vector_stores.create(name="x")
        home = await uploaded(client, "secret.txt", SECRET)
        with pytest.raises(openai.APIStatusError) as caught:
            await client.vector_stores.files.create(store.id, file_id=home.id)
        assert caught.value.status_code == 422
        made = await client.vector_stores.create(file_ids=[home.id])
        assert made.id in w.upstreams["local"].stores  # type: ignore[attr-defined]
        assert b"536-22-8741" not in w.received("cloud")


FORMS: dict[str, list[tuple[str, str | None, bytes]]] = {
    "no file": [("purpose", None, b"assistants")],
    "two files": [("purpose", None, b"assistants"), ("file", "a", b"x"), ("more", "b", b"x")],
    "twice": [("purpose", None, b"assistants"), ("purpose", None, b"batch"), ("file", "a", b"x")],
    "no purpose": [("file", "a", b"x")],
    "another name": [("purpose", None, b"assistants"), ("upload", "a", b"x")],
}


def form(parts: list[tuple[str, str | None, bytes]], boundary: str = "b0undary") -> bytes:
    body = b""
    for name, filename, content in parts:
        told = f'; filename="{filename}"' if filename is not None else ""
        head = f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"{told}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


@pytest.mark.parametrize("case", FORMS)
async def test_a_form_that_is_no_upload_goes_nowhere(tmp_path: Path, case: str) -> None:
    async with stateful(tmp_path) as w:
        headers = {"content-type": "multipart/form-data; boundary=b0undary"}
        answer = await w.app.post("/v1/files", content=form(FORMS[case]), headers=headers)
        assert answer.status_code == 400, answer.text
        other = {"content-type": "multipart/form-data; boundary=another"}
        good = form([("purpose", None, b"assistants"), ("file", "a", b"x")])
        assert (await w.app.post("/v1/files", content=good, headers=other)).status_code == 400
        assert (await w.app.post("/v1/files", json={"file": "x"})).status_code == 415
        assert not w.received("cloud") + w.received("local")


async def test_a_field_of_tomorrow_is_scanned(tmp_path: Path) -> None:
    parts: list[tuple[str, str | None, bytes]] = [
        ("purpose", None, b"assistants"),
        ("note", None, ADDRESS.encode()),
        ("file", "a.txt", b"Hello"),
    ]
    async with stateful(tmp_path, engine_=reading()) as w:
        headers = {"content-type": "multipart/form-data; boundary=b0undary"}
        answer = await w.app.post("/v1/files", content=form(parts), headers=headers)
        assert answer.status_code == 200, answer.text
        assert ADDRESS.encode() not in w.received("cloud")
        assert b'name="note"' in w.received("cloud")
