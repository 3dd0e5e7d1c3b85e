"""How a rule says no: an exception with a sentence that can be shown to a person."""


class Refused(Exception):
    """Something that the rules do not allow; ``sentence`` says what, why and what to do next."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
