"""Who may do what, by role."""

import pytest

from recovery.domain.rights import RIGHTS, Right, StaffRole, may


def test_every_role_has_its_rights() -> None:
    assert RIGHTS.keys() == set(StaffRole)


@pytest.mark.parametrize("role", StaffRole)
@pytest.mark.parametrize("right", [Right.SEE, Right.ANSWER, Right.BOOK, Right.RECEIVE, Right.STOP])
def test_everybody_sees_books_answers_and_stops_notices(role: StaffRole, right: Right) -> None:
    assert may(role, right)


def test_only_nurses_and_providers_treat() -> None:
    assert {role for role in StaffRole if may(role, Right.TREAT)} == {
        StaffRole.NURSE,
        StaffRole.PROVIDER,
    }


@pytest.mark.parametrize("right", [Right.DECIDE, Right.SIGN])
def test_only_a_provider_decides_and_signs(right: Right) -> None:
    assert [role for role in StaffRole if may(role, right)] == [StaffRole.PROVIDER]


@pytest.mark.parametrize("right", [Right.PEOPLE, Right.CLINIC])
def test_only_an_admin_says_who_works_here_and_how_the_clinic_is_set_up(right: Right) -> None:
    assert [role for role in StaffRole if may(role, right)] == [StaffRole.ADMIN]
