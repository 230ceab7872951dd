"""The one error that means: what was given is wrong, and here is what would be right."""


class InputError(ValueError):
    """Bad input or usage: a value, a name, a file.

    The message is one line for a person: what was wrong and what would be right. The command
    line prints it on standard error and exits with code 2, without a traceback. Characters that
    would act on a terminal are written as escapes, wherever they came from.
    """

    def __init__(self, message: str) -> None:
        super().__init__(inert(message))


def inert(text: str) -> str:
    """A text with what would act on a terminal written as escapes."""
    return text if text.isprintable() else "".join(map(_inert, text))


def _inert(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
