"""Speech, transcriptions and uploads of pictures: every field is judged, and only what was judged is sent."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from gateway.adapters.readers import bundled_readers
from gateway.core.errors import InvalidRequest, UnsupportedEndpoint
from gateway.core.model import Sensitivity
from gateway.core.wire import CallsByPath
from gateway.dialects.multipart import boundary_of, read_form
from gateway.dialects.openai_audio import OpenAISpeech, OpenAITranscriptions, OpenAITranslations
from gateway.dialects.openai_images import OpenAIImageEdits, OpenAIImageVariations
from gateway.pipeline import Plan, Request, plan
from tests.fakes.engines import CLOUD, FLEET, LOCAL, engine

NAME = "Martha Lindqvist"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64)
TRANSCRIBE = OpenAITranscriptions()


def form(files: Any = None, **fields: Any) -> bytes:
    sent = {"file": ("take.wav", WAV, "audio/wav")} if files is None else files
    body: bytes = httpx.Request("POST", "http://x.example/", data=fields, files=sent).read()
    return body


def planned(dialect: Any, body: bytes) -> Plan:
    source = dialect.source({}, [], body)
    return plan(Request(dialect, source), replace(engine(), readers=bundled_readers(images="unread")), FLEET)


def test_the_dialects_are_calls_by_path() -> None:
    for dialect in (OpenAISpeech(), TRANSCRIBE, OpenAITranslations(), OpenAIImageEdits(), OpenAIImageVariations()):
        assert isinstance(dialect, CallsByPath)


def test_a_recording_stays_home_and_its_form_arrives_whole() -> None:
    body = form(model="whisper-1", prompt="Two voices.", **{"timestamp_granularities[]": ["word", "segment"]})
    made = planned(TRANSCRIBE, body)
    assert [finding.entity_type for finding in made.classification.findings] == ["UNINSPECTABLE_AUDIO"]
    assert made.first is not None
    assert made.first.upstream is LOCAL
    wire = TRANSCRIBE.wire(made.first.body)
    assert (wire.method, wire.path) == ("POST", "/audio/transcriptions")
    assert wire.content is not None
    sent = read_form(wire.content)
    assert boundary_of(wire.content_type) == sent.boundary
    assert sent.parts == read_form(body).parts


def test_a_model_is_renamed_in_a_form() -> None:
    local = replace(LOCAL, models=(("whisper-*", "faster-whisper"),))
    made = plan(Request(TRANSCRIBE, TRANSCRIBE.source({}, [], form(model="whisper-1"))), engine(), [local])
    assert made.first is not None
    content = TRANSCRIBE.wire(made.first.body).content
    assert content is not None
    assert read_form(content).named("model")[0].content == b"faster-whisper"


@pytest.mark.parametrize(
    ("files", "fields"),
    [
        (None, {"prompt": NAME}),
        (None, {"keywords[]": ["x", NAME]}),
        (None, {"a_field_of_tomorrow": NAME}),
        (None, {NAME: "x"}),
        ({"file": (f"{NAME}.wav", WAV, "audio/wav")}, {}),
        ({"file": ("a.txt", NAME.encode(), "text/plain")}, {}),
        ({"file": ("a.bin", NAME.encode(), "application/octet-stream")}, {}),
        ({"file": ("a.wav", NAME.encode(), "audio/wav")}, {}),
    ],
)
def test_a_name_in_any_part_of_a_form_is_found(files: Any, fields: dict[str, Any]) -> None:
    made = planned(TRANSCRIBE, form(files, model="m", **fields))
    assert "PERSON" in {finding.entity_type for finding in made.classification.findings}


def test_a_text_that_is_uploaded_is_rewritten_and_leaves() -> None:
    made = planned(TRANSCRIBE, form({"file": (f"{NAME}.txt", f"Dear {NAME}".encode(), "text/plain")}, prompt=NAME))
    assert made.first is not None
    assert made.first.upstream is CLOUD
    content = TRANSCRIBE.wire(made.first.body).content
    assert content is not None
    assert b"Martha" not in content
    (file,) = read_form(content).named("file")
    assert file.content.startswith(b"Dear <PERSON_")
    restorers = made.transformation.restorers
    surrogate = file.content.decode()[5:]
    assert TRANSCRIBE.restore(json.dumps({"text": surrogate}).encode(), restorers) == b'{"text":"%s"}' % NAME.encode()
    assert TRANSCRIBE.restore(f"1\n{surrogate}\n".encode(), restorers) == f"1\n{NAME}\n".encode()
    assert TRANSCRIBE.restore(b"\xff\xfe", restorers) == b"\xff\xfe"


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        form({"other": ("a.wav", WAV, "audio/wav")}),
        form({"other": (None, b"x")}),
        form([("file", ("a.wav", WAV, "audio/wav")), ("file", ("b.wav", WAV, "audio/wav"))]),
        form([("file", ("a.wav", WAV, "audio/wav")), ("model", (None, b"a")), ("model", (None, b"b"))]),
        form([("file", ("a.wav", WAV, "audio/wav")), ("model", (None, b"\xff"))]),
    ],
)
def test_a_form_without_its_file_or_with_something_twice_is_refused(body: bytes) -> None:
    with pytest.raises((InvalidRequest, UnsupportedEndpoint)):
        TRANSCRIBE.read(TRANSCRIBE.source({}, [], body))


def test_a_query_is_refused() -> None:
    for dialect in (TRANSCRIBE, OpenAISpeech()):
        with pytest.raises(InvalidRequest):
            dialect.source({}, [("q", "x")], form())


@pytest.mark.parametrize("key", ["input", "instructions", "voice", "tomorrow"])
def test_a_name_in_what_is_to_be_spoken_is_found_and_the_sound_passes(key: str) -> None:
    speech = OpenAISpeech()
    body = json.dumps({"model": "tts", "input": "x", "voice": "alloy", key: f"Say {NAME}"}).encode()
    made = plan(Request(speech, speech.source({}, [], body)), engine(), FLEET)
    assert made.classification.sensitivity is Sensitivity.MODERATE
    assert made.first is not None
    assert b"Martha" not in (speech.wire(made.first.body).content or b"")
    assert speech.restore(b"\xff\xfbsound", made.transformation.restorers) == b"\xff\xfbsound"
    assert not speech.streams(made.document)


def test_a_picture_that_is_uploaded_is_a_picture() -> None:
    edits = OpenAIImageEdits()
    png = b"\x89PNG\r\n\x1a\n" + bytes(80)
    body = form([("image[]", ("a.png", png, "image/png")), ("image[]", ("b.png", png, "image/png"))], prompt=NAME)
    kinds = {finding.entity_type for finding in planned(edits, body).classification.findings}
    assert kinds == {"UNINSPECTABLE_IMAGE", "PERSON"}
