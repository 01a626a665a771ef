"""Texts before they are sent, replies that ask for them to end, and calls that prove themselves."""

import pytest

from recovery.delivery.message import MessageRefused
from recovery.delivery.text import TextMessage, Wish, plainer, wish_in
from recovery.delivery.twilio import TwilioAccount, TwilioRefused, is_from_twilio

ACCOUNT = "AC" + "0" * 32
#: Twilio's own example, from its documentation of the signature.
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FIELDS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
SIGNED = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize(
    "reply",
    [
        "STOP", "stop", " Stop. ", "StopAll", "UNSUBSCRIBE", "Cancel", "END", "quit", "Opt out",
        "Stop texting me", "unsubscribe please", "ALTO", "alto!", "Pare", "PARAR", "cancelar",
        "Baja", "No más", "no mas", "¡Basta!", "dejen de escribirme", "Dar de baja", "Fin",
        "ＳＴＯＰ", "Parar mensajes", "No me escriban más", "no quiero más mensajes",
        "don't text me", "Opt-out please", "No more texts!", "Detenga esto", "OPTOUT", "Revoke",
    ],
)  # fmt: skip
def test_phone_47_stop_and_its_synonyms_in_english_and_spanish_are_understood(reply: str) -> None:
    assert wish_in(reply) is Wish.STOP


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Thanks",
        "ok",
        "I cannot stop coughing",
        "Cancel my visit",
        "Alto dolor",
        "😀",
        "Si",
        "No more pain, thanks",
    ],
)
def test_other_replies_are_no_wish_to_stop(reply: str) -> None:
    assert wish_in(reply) is Wish.OTHER


@pytest.mark.parametrize(("reply", "wish"), [("START", Wish.START), ("iniciar", Wish.START)])
def test_texts_begin_again_only_at_the_very_word(reply: str, wish: Wish) -> None:
    assert wish_in(reply) is wish
    assert wish_in(f"please do not {reply}") is Wish.OTHER


def test_a_text_that_would_be_cut_in_two_or_garbled_is_refused() -> None:
    assert TextMessage("+1", "a" * 160, 60)
    for body in ("a" * 161, "Ábralo", "“quoted”", "😀"):
        with pytest.raises(MessageRefused):
            TextMessage("+1", body, 60)
    with pytest.raises(MessageRefused):
        TextMessage("+1", "late", 0)


def test_a_name_is_written_in_letters_that_every_phone_shows() -> None:
    assert plainer("Clínica Ñandú — Sur 😀", 30) == "Clinica Ñandu   Sur"
    assert plainer("x" * 50, 30) == "x" * 30


def test_numbers_and_words_of_a_text_stay_out_of_sight() -> None:
    assert "555" not in repr(TextMessage("+12125550142", "abc", 60))
    assert "secret" not in repr(TwilioAccount(ACCOUNT, "secret" * 5, "+15005550006"))


def test_twilios_own_example_of_a_signature_holds() -> None:
    assert is_from_twilio("12345", URL, FIELDS, SIGNED)


@pytest.mark.parametrize(
    ("token", "url", "fields", "signed"),
    [
        ("12346", URL, FIELDS, SIGNED),
        ("12345", URL.replace("https", "http"), FIELDS, SIGNED),
        ("12345", URL + "&x=1", FIELDS, SIGNED),
        ("12345", URL, FIELDS[1:], SIGNED),
        ("12345", URL, [*FIELDS, ("x", "")], SIGNED),
        ("12345", URL, FIELDS, ""),
        ("12345", URL, FIELDS, "ü\ud800"),
        ("12345", URL, FIELDS, SIGNED.lower()),
    ],
)
def test_whatever_was_changed_the_signature_no_longer_holds(
    token: str, url: str, fields: list[tuple[str, str]], signed: str
) -> None:
    assert not is_from_twilio(token, url, fields, signed)


@pytest.mark.parametrize(
    ("account", "token", "sender"),
    [
        ("", "t" * 32, "+15005550006"),
        ("AC12", "t" * 32, "+15005550006"),
        (ACCOUNT, "", "+15005550006"),
        (ACCOUNT, "t" * 32, "Lakeside"),
        (ACCOUNT, "t" * 32, ""),
    ],
)
def test_an_account_that_cannot_work_is_refused(account: str, token: str, sender: str) -> None:
    with pytest.raises(TwilioRefused):
        TwilioAccount(account, token, sender)
