"""Documents in requests over real sockets, with the bundled readers and policy: nothing of them in logs or records."""

import logging
from pathlib import Path

import pytest

from tests.fakes.documents import attached, docx, paragraph, pdf, shown, zipped
from tests.fakes.world import world

pytest.importorskip("pypdf", reason="the extra `documents` is not installed")
MAIL = "martha@nordhavn-clinic.com"
SSN = "536-22-8741"
PATH = "/v1/chat/completions"


async def test_a_document_goes_where_its_level_may_go(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world(tmp_path) as w:
        page = shown(f"Please answer the mail of {MAIL} about the invoice.")
        answer = await w.app.post(PATH, content=attached(pdf(pages=(page,)), "application/pdf"))
        assert (answer.status_code, answer.headers["x-privacy-zone"]) == (200, "secure")
        answer = await w.app.post(PATH, content=attached(docx(paragraph(f"SSN {SSN}")), "application/zip"))
        assert answer.headers["x-privacy-zone"] == "local"
        answer = await w.app.post(PATH, content=attached(b"%PDF-1.7 broken " + MAIL.encode(), "application/pdf"))
        assert answer.headers["x-privacy-zone"] == "local"
        assert w.received("cloud") == b""
        secret_name = zipped({f"{SSN}.xml": "x"})
        answer = await w.app.post(PATH, content=attached(secret_name, "application/zip"))
        assert answer.headers["x-privacy-zone"] == "local"
        said = w.log() + (await w.admin.get("/metrics")).text
        lines = "\n".join(f"{record.getMessage()} {record.args!r} {record.exc_text}" for record in caplog.records)
        for value in (MAIL, SSN, "martha"):
            assert value not in said + lines


async def test_a_word_file_is_rewritten_for_the_cloud_and_the_answer_restored(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        note = f"Reply to {MAIL}".encode()
        answer = await w.app.post(PATH, content=attached(note, "text/plain", text=f"Who is {MAIL}?"))
        assert answer.headers["x-privacy-zone"] == "cloud"
        assert MAIL.encode() not in w.received("cloud")
        assert MAIL in answer.json()["choices"][0]["message"]["content"]
