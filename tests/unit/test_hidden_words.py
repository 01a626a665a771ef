"""What is not to be kept is known again by its hash, as long as one of our keys made it."""

from recovery.domain.audit import AuditKeys

NUMBER = "+12125550142"


def test_a_number_is_known_again_after_the_key_was_replaced() -> None:
    (before,) = AuditKeys("the first key").hidden("stop", NUMBER)
    assert before in AuditKeys("the second key", ["the first key"]).hidden("stop", NUMBER)


def test_what_is_hidden_now_is_hidden_with_the_present_key() -> None:
    (now,) = AuditKeys("the second key").hidden("stop", NUMBER)
    assert AuditKeys("the second key", ["the first key"]).hidden("stop", NUMBER)[0] == now


def test_a_hash_says_nothing_without_its_key_and_is_good_for_one_purpose() -> None:
    keys = AuditKeys("the first key")
    (there,) = keys.hidden("stop", NUMBER)
    assert NUMBER[-7:] not in there
    assert there not in AuditKeys("another key").hidden("stop", NUMBER)
    assert there not in keys.hidden("something else", NUMBER)
