"""Which way onto the Home Screen comes first, by what real browsers say of themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recovery.web.install_ways import Way, way_of

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT}"
IPAD = f"Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) {WEBKIT}"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {BLINK}"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK}"

SAID = {
    f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1": Way.IPHONE_SAFARI,
    f"{IPHONE} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1": Way.IPHONE_OTHER,
    f"{IPHONE} EdgiOS/140.0.3485.94 Version/18.0 Mobile/15E148 Safari/604.1": Way.IPHONE_OTHER,
    f"{IPHONE} FxiOS/143.2 Mobile/15E148 Safari/604.1": Way.IPHONE_OTHER,
    f"{IPAD} CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1": Way.IPHONE_OTHER,
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/530.0.0.38.72;FBDV/iPhone14,5]": Way.INSIDE,
    f"{IPHONE} Mobile/15E148 Instagram 400.0.0.22.95 (iPhone14,5; iOS 18_6; en_US)": Way.INSIDE,
    f"{IPHONE} GSA/385.0.809 Mobile/15E148 Safari/604.1": Way.INSIDE,
    f"{IPHONE} Mobile/15E148": Way.INSIDE,
    f"{ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36": Way.ANDROID_CHROME,
    f"{ANDROID} Chrome/141.0.0.0 Mobile Safari/537.36 EdgA/141.0.0.0": Way.ANDROID_CHROME,
    f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36": Way.ANDROID_SAMSUNG,
    "Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0": Way.ANDROID_FIREFOX,
    f"Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP3A; wv) {BLINK} Version/4.0 "
    "Chrome/141.0.7390.43 Mobile Safari/537.36": Way.INSIDE,
    f"{WINDOWS} Chrome/141.0.0.0 Safari/537.36": Way.COMPUTER_CHROME,
    f"{WINDOWS} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0": Way.COMPUTER_CHROME,
    f"{MAC} Version/26.0 Safari/605.1.15": Way.COMPUTER_SAFARI,
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": Way.COMPUTER_FIREFOX,
    "curl/8.5.0": None,
    "": None,
}


@pytest.mark.parametrize(("said", "way"), SAID.items())
def test_a_browser_is_known_by_what_it_says(said: str, way: Way | None) -> None:
    assert way_of(said) is way


@given(st.text(max_size=300))
def test_whatever_a_browser_says_is_at_most_unknown(said: str) -> None:
    assert way_of(said) in {*Way, None}
