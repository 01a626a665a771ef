"""Files of appointments as spreadsheets write them are read; all else gets a plain no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.services.appointment_file import LARGEST_FILE, MOST_ROWS, rows_of, text_of
from recovery.services.refusals import Refused

FIRST = "name,born,date,time"
ROW = "Zoë Núñez,1988-04-12,2026-03-04,09:30"
FILE = f"{FIRST}\n{ROW}\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_same_table_is_read_from_every_way_to_save_it(
    encoding: str, mark: str, ending: str
) -> None:
    written = FILE.replace(",", mark).replace("\n", ending).encode(encoding)
    (row,) = rows_of(text_of(written))
    assert row.number == 2
    assert dict(row.cells) == {
        "name": "Zoë Núñez",
        "born": "1988-04-12",
        "date": "2026-03-04",
        "time": "09:30",
    }


def test_what_excel_adds_is_taken_away() -> None:
    text = (
        "sep=;\r\n\ufeff Nombre *;Fecha de nacimiento;FECHA;Hora:;Teléfono;Notas;;\r\n"
        ";;;;;;;\r\n"
        '\'Ana\u00a0 Ruiz;1988-04-12;2026-03-04;09:30;="2125550142";vip;;\r\n'
    )
    (row,) = rows_of(text)
    assert row.number == 4
    assert row.cells["name"] == "Ana Ruiz"
    assert row.cells["phone"] == "2125550142"
    assert not row.spills


def test_a_name_in_quotes_may_hold_commas_and_line_ends() -> None:
    rows = rows_of(f'{FIRST}\n"Ruiz, Ana\nMaría",1988-04-12,2026-03-04,09:30\n{ROW}')
    assert [row.cells["name"] for row in rows] == ["Ruiz, Ana María", "Zoë Núñez"]
    assert [row.number for row in rows] == [2, 3]


def test_a_row_with_a_cell_too_many_says_so() -> None:
    assert rows_of(f"{FIRST}\nRuiz,Ana,1988-04-12,2026-03-04,09:30")[0].spills


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"x" * (LARGEST_FILE + 1), "too big"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a CSV"),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(100), "not a CSV"),
        (b"\x81\x8d\x8f", "not a CSV"),
        (b"name,born\nAna,1988-04-12", "first row must name"),
        (f"{FIRST},name\n{ROW}".encode(), "names a column twice"),
        (f"{FIRST}\n\n , ,\n".encode(), "no appointment"),
        (f'{FIRST}\n"Ana'.encode(), "not a CSV"),
        (f"{FIRST}\n{(ROW + chr(10)) * (MOST_ROWS + 1)}".encode(), "too many rows"),
    ],
)
def test_what_is_no_such_file_is_refused_in_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(Refused) as refused:
        rows_of(text_of(content))
    assert says in refused.value.sentence


@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(lambda t: (FIRST + t).encode("utf-8", "ignore")),
    )
)
def test_any_file_is_read_or_refused_and_never_fails(content: bytes) -> None:
    try:
        rows_of(text_of(content))
    except Refused:
        return
