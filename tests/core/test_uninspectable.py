"""Each kind of content that cannot be read is an entity type of its own."""

from gateway.core.uninspectable import RETURNED, UNINSPECTABLE, UNINSPECTABLE_TYPES, uninspectable_type
from gateway.dialects.structure import Opaque


def test_every_kind_that_a_dialect_names_has_a_type_and_both_kinds_of_pointers_the_same() -> None:
    types = {uninspectable_type(kind) for kind in Opaque}
    assert uninspectable_type(Opaque.PUBLISHED) == uninspectable_type(Opaque.SERVER_STATE)
    assert len(types) == len(Opaque) - 1
    assert types == UNINSPECTABLE_TYPES - {UNINSPECTABLE, RETURNED}


def test_a_kind_that_nobody_thought_of_has_the_type_that_no_clause_allows_by_accident() -> None:
    assert uninspectable_type("hologram") == UNINSPECTABLE
