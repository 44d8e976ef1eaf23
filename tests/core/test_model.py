"""Types that carry text hide it."""

from gateway.core.model import Segment, SegmentKind, Sensitivity, Upstream, Zone


def test_a_segment_hides_its_text_and_its_real_keys_from_repr() -> None:
    segment = Segment("/metadata/*0", "hidden-text", SegmentKind.VALUE, ("hidden-key",), ("metadata", "hidden-key"))
    assert "hidden" not in repr(segment)


def test_an_upstream_hides_its_key_from_repr() -> None:
    upstream = Upstream("a", Zone.CLOUD, Sensitivity.LOW, "http://127.0.0.1:1/v1", api_key="hidden")
    assert "hidden" not in repr(upstream)


def test_levels_are_ordered_and_parse() -> None:
    assert Sensitivity.LOW < Sensitivity.MODERATE < Sensitivity.HIGH
    assert [Sensitivity.parse(level.label) for level in Sensitivity] == list(Sensitivity)
