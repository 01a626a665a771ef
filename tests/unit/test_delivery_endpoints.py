"""Which push addresses are let in, and which resolved addresses are connected to."""

import pytest

from recovery.delivery.endpoints import (
    AllowedHosts,
    EndpointRefused,
    check_addresses,
    check_endpoint,
    host_of,
    place_of,
)

REAL = AllowedHosts()
OWN = AllowedHosts(extra=frozenset({"push.clinic.example", "push.clinic.example:8443"}))
DEVELOPMENT = AllowedHosts(loopback=True)
TESTS = AllowedHosts(loopback=True, public=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://fcm.googleapis.com/fcm/send/dX9:APA91b-_x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA_-=",
        "https://web.push.apple.com/QNx-9%2F",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB%2fq%3d",
        "https://fcm.googleapis.com:443/fcm/send/x",
    ],
)
def test_the_four_vendors_are_let_in(url: str) -> None:
    check_endpoint(url, REAL)


@pytest.mark.parametrize(
    "url",
    [
        "http://fcm.googleapis.com/x",
        "http://fcm.googleapis.com:443/x",
        "https://fcm.googleapis.com",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com:pw@evil.example/x",
        "https://fcm.googleapis.com@169.254.169.254/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:0/x",
        "https://fcm.googleapis.com:/x",
        "https://fcm.googleapis.com./x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com/x",
        "https://.push.apple.com/x",
        "https://a..push.apple.com/x",
        "https://evil.example/.push.apple.com",
        "https://evil.example#.push.apple.com/x",
        "https://evil.example\\.push.apple.com/x",
        "https://evil.example?.push.apple.com/x",
        "https://fcm.googleapis.com/x#y",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\r\nHost: evil",
        "https://fcm.googleapis.com/x\n",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/%zz",
        "https://fcm。googleapis。com/x",
        "https://ﬁ.push.apple.com/x",
        "https://Kelvin\u212a.push.apple.com/x",
        "https:/fcm.googleapis.com/x",
        "https:////fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
        "https://fcm.googleapis.com/" + "x" * 2048,
        # This machine and the inner network, in every spelling.
        "https://localhost/x",
        "http://localhost:8080/x",
        "http://127.0.0.1:8080/x",
        "https://127.1/x",
        "https://0177.0.0.1/x",
        "https://0x7f.0.0.1/x",
        "https://0x7f000001/x",
        "https://2130706433/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[::ffff:a9fe:a9fe]/x",
        "https://[64:ff9b::a9fe:a9fe]/x",
        "https://[fe80::1%25eth0]/x",
        "https://8.8.8.8/x",
        "https://[2001:4860:4860::8888]/x",
    ],
)
def test_phone_10_any_other_address_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(EndpointRefused, match=r"^[A-Z][^.]+\.$") as refused:
        check_endpoint(url, REAL)
    assert not url or url not in str(refused.value)


def test_a_clinics_own_push_service_is_let_in_at_its_port_only() -> None:
    check_endpoint("https://push.clinic.example/x", OWN)
    check_endpoint("https://push.clinic.example:8443/x", OWN)
    for url in (
        "http://push.clinic.example/x",
        "http://push.clinic.example:8443/x",
        "https://push.clinic.example:8444/x",
    ):
        with pytest.raises(EndpointRefused):
            check_endpoint(url, OWN)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost:1/x", "https://[::1]:9/x"]
)
def test_this_machine_is_let_in_for_development(url: str) -> None:
    check_endpoint(url, DEVELOPMENT)
    with pytest.raises(EndpointRefused):
        check_endpoint(url, OWN)


@pytest.mark.parametrize("host", ["127.1", "0177.0.0.1", "127.0.0.2", "[::ffff:127.0.0.1]"])
def test_even_development_takes_no_odd_spelling_of_this_machine(host: str) -> None:
    with pytest.raises(EndpointRefused):
        check_endpoint(f"http://{host}:8080/x", DEVELOPMENT)


def test_an_origin_names_the_port_only_when_it_is_unusual() -> None:
    assert place_of("https://FCM.googleapis.com:443/a?b", REAL).origin == (
        "https://fcm.googleapis.com"
    )
    assert place_of("https://push.clinic.example:8443/a", OWN).origin == (
        "https://push.clinic.example:8443"
    )


def test_the_path_stays_as_the_browser_gave_it() -> None:
    assert place_of("https://web.push.apple.com/a/../b%2fC?x=%2f&y", REAL).target == (
        "/a/../b%2fC?x=%2f&y"
    )


def test_the_host_of_a_stored_address_can_be_named_for_pauses() -> None:
    assert host_of("https://Web.push.apple.com/x") == "web.push.apple.com"
    assert host_of("nonsense") == ""


@pytest.mark.parametrize(
    "address",
    ["142.250.1.95", "2a00:1450:4001:80b::200a", "64:ff9b::8efa:15f"],
)
def test_public_addresses_are_connected_to(address: str) -> None:
    check_addresses([address], REAL)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::7f00:1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::1",
    ],
)
def test_phone_10_no_inner_address_is_ever_connected_to(address: str) -> None:
    with pytest.raises(EndpointRefused):
        check_addresses([address], REAL)
    with pytest.raises(EndpointRefused):
        check_addresses(["142.250.1.95", address], REAL)


def test_tests_connect_to_this_machine_only() -> None:
    check_addresses(["127.0.0.1", "::1"], TESTS)
    with pytest.raises(EndpointRefused):
        check_addresses(["142.250.1.95"], TESTS)
