"""Forms and sound over real sockets, with OpenAI's client."""

import io
from pathlib import Path

import pytest
from openai import AsyncOpenAI
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from gateway.dialects.multipart import boundary_of, read_form
from tests.fakes.engines import engine
from tests.fakes.world import Scripted, World, world

WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(64)
MAIL = "martha@nordhavn-clinic.com"


def openai(w: World) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{w.url}/v1", api_key="x", max_retries=0)


async def transcribe(request: Request) -> Response:
    form = read_form(await request.body())
    assert boundary_of(request.headers["content-type"]) == form.boundary
    prompt = b"".join(part.content for part in form.named("prompt")).decode()
    if form.named("stream"):
        event = f'data: {{"type":"transcript.text.done","text":"heard {prompt}"}}\n\n'.replace("<", "\\u003c")
        return StreamingResponse(iter([event.encode()]), media_type="text/event-stream")
    if form.named("response_format")[0].content == b"srt":
        return PlainTextResponse(f"1\n00:00:00,000 --> 00:00:02,000\nheard {prompt}\n")
    return JSONResponse({"text": f"heard {prompt}"})


async def speak(request: Request) -> Response:
    return Response(b"\xff\xfbsound of " + (await request.body())[-1:], media_type="audio/mpeg")


@pytest.mark.parametrize("form", ["json", "srt", "verbose_json"])
async def test_a_recording_goes_home_and_its_transcript_comes_back(tmp_path: Path, form: str) -> None:
    fleet = {"cloud": Scripted("cloud", transcribe), "local": Scripted("local", transcribe)}
    async with world(tmp_path, engine(), fleet) as w, openai(w) as client:
        heard = await client.audio.transcriptions.create(
            file=("take.wav", io.BytesIO(WAV)), model="whisper-1", prompt="the call", response_format=form  # type: ignore[call-overload]  # one of its words
        )  # fmt: skip
        assert "heard the call" in (heard if isinstance(heard, str) else heard.text)
        assert w.received("cloud") == b""
        assert WAV in w.received("local")


async def test_a_text_that_is_uploaded_to_the_cloud_is_tokenised_and_its_transcript_restored(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", transcribe)}
    more = {"cloud": {"clearance": "low"}}
    async with world(tmp_path, None, fleet, more=more) as w, openai(w) as client:
        notes = ("notes.txt", f"Write to {MAIL}.".encode(), "text/plain")
        heard = await client.audio.transcriptions.create(
            file=notes, model="whisper-1", prompt=f"Mail {MAIL} now", response_format="json"
        )
        assert heard.text == f"heard Mail {MAIL} now"
        events = await client.audio.transcriptions.create(file=notes, model="m", prompt=f"Mail {MAIL}", stream=True)
        assert [event.text async for event in events if event.type == "transcript.text.done"] == [f"heard Mail {MAIL}"]
        assert MAIL.encode() not in w.received("cloud")


async def test_what_is_spoken_is_scanned_and_the_sound_passes(tmp_path: Path) -> None:
    fleet = {"cloud": Scripted("cloud", speak)}
    async with world(tmp_path, engine(), fleet) as w, openai(w) as client:
        sound = await client.audio.speech.create(model="tts-1", voice="alloy", input=f"Say {MAIL}")
        assert sound.content == b"\xff\xfbsound of }"
        assert sound.response.headers["content-type"] == "audio/mpeg"
        assert MAIL.encode() not in w.received("cloud")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=other"])
async def test_a_form_whose_header_says_something_else_is_refused(tmp_path: Path, kind: str) -> None:
    body = b'--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--b--\r\n'
    async with world(tmp_path, engine()) as w:
        answer = await w.app.post("/v1/audio/transcriptions", content=body, headers={"content-type": kind})
        assert answer.status_code in {400, 415}
        assert all(not w.received(name) for name in w.upstreams)
