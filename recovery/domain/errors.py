"""What a rule answers when it says no."""


class RuleBroken(Exception):
    """A rule refused something; the message is for the log, people read what to do now."""


class UnlawfulMove(RuleBroken):
    """A life cycle does not allow this move from where the thing stands now."""

    def __init__(self, thing: str, current: str, wanted: str) -> None:
        super().__init__(f"This {thing} is “{current}” and cannot become “{wanted}” now.")
        self.thing, self.current, self.wanted = thing, current, wanted
