"""An id never reaches an upstream other than its maker, whatever else the request holds."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Sensitivity, Upstream, Zone
from gateway.core.state import Remembered, StateKind, maker_of
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.pipeline import Request, plan
from tests.fakes.engines import FLEET, engine

ENGINE = engine()
SECOND = Upstream("cloud-2", Zone.CLOUD, Sensitivity.HIGH, "http://127.0.0.1:2/v1")
UPSTREAMS = (*FLEET, SECOND)
IDS = [f"id_{number}" for number in range(6)]
PLACES: list[Any] = [
    lambda id_: {"previous_response_id": id_},
    lambda id_: {"conversation": id_},
    lambda id_: {"conversation": {"id": id_}},
    lambda id_: {"tools": [{"type": "file_search", "vector_store_ids": [id_, IDS[0]]}]},
    lambda id_: {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": id_}]}]},
    lambda id_: {"input": [{"id": id_}]},
    lambda id_: {"tools": [{"type": "code_interpreter", "container": id_}]},
    lambda id_: {"x": {"y": [{"file_id": id_}]}},
]
KNOWN = st.dictionaries(
    st.sampled_from(IDS),
    st.builds(
        Remembered,
        st.sampled_from(StateKind),
        st.sampled_from([*map(maker_of, UPSTREAMS), "gone http://gone/v1"]),
        st.sampled_from(Sensitivity),
    ),
)
TEXTS = st.sampled_from(["Hello", "I am martha@nordhavn-clinic.com", "My number is 536-22-8741", "id_1"])


@given(KNOWN, st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(IDS)), max_size=3), TEXTS)
def test_an_id_goes_to_its_maker_or_nowhere(
    known: dict[str, Remembered], placed: list[tuple[Any, str]], text: str
) -> None:
    body: dict[str, Any] = {"model": "m", "input": text}
    for place, id_ in placed:
        body |= place(id_)
    made = plan(Request(OpenAIResponses(), json.dumps(body).encode(), known=known), ENGINE, UPSTREAMS)
    sent = json.dumps(body)
    for cleared in made.attempts():
        assert cleared.residual <= cleared.upstream.clearance
        for id_ in IDS:
            if f'"{id_}"' in sent.replace(json.dumps(text), ""):
                assert known[id_].maker == maker_of(cleared.upstream)
                assert known[id_].level <= cleared.residual
    for upstream in UPSTREAMS:  # nor if a rule or a bug asks the gate for another one
        cleared_ = made.gate.clear(request_body(body), upstream)
        pointed = [id_ for id_ in IDS if f'"{id_}"' in sent.replace(json.dumps(text), "")]
        if cleared_ is not None and pointed:
            assert all(known[id_].maker == maker_of(upstream) for id_ in pointed)


def request_body(body: dict[str, Any]) -> bytes:
    """Return the same body in other bytes, so that the gate reads it anew."""
    return json.dumps(body, indent=1).encode()
