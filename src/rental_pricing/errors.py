"""What can be wrong with the input, said once and clearly.

Every error here is meant for the person who runs the pipeline: its text names the
file, column and rows, and what to do. The command line prints that text alone.
"""


class UserInputError(ValueError):
    """Base of the errors that the user, not the developer, can remedy."""


class DropFormatError(UserInputError):
    """A delivered file can't be read as a drop of listings."""


class DropWindowError(UserInputError):
    """The drops that are asked for are not there, or none is left."""


class MalformedRowsError(UserInputError):
    """A drop has values that are no number, no date or out of any sense."""


class NoListingsError(UserInputError):
    """Not one delivered row can be used."""


class ValidationFailedError(UserInputError):
    """The listings break a rule of the validation."""


class UnvalidatedDataError(UserInputError):
    """The listings are not those that the validation report on disk has judged."""


class MixedDataError(UserInputError):
    """Inputs of a step were not made together: of other data, market, split or model."""


class ReferenceProfileError(UserInputError):
    """The named reference is no profile that the listings can be compared with."""


class UnknownParameterError(UserInputError):
    """A parameter was given that no pipeline knows."""


class WrongParameterError(UserInputError):
    """A parameter has a value that makes no sense."""


class EstimatorParameterError(UserInputError):
    """An estimator does not accept the value of one of its parameters."""


class MissingExtraError(UserInputError):
    """What is asked for needs a library that is not installed."""


class TooFewListingsError(UserInputError):
    """There are not enough listings to train, calibrate or judge a model."""


def did_you_mean(unknown: str, known: list[str]) -> str:
    """Return a hint such as ``" (did you mean 'price'?)"``, or an empty text.

    >>> did_you_mean("prise", ["name", "price"])
    " (did you mean 'price'?)"
    >>> did_you_mean("zzz", ["name", "price"])
    ''
    """
    from difflib import get_close_matches  # noqa: PLC0415 - only on the way to an error

    matches = get_close_matches(unknown, known, n=1, cutoff=0.6)
    return f" (did you mean {matches[0]!r}?)" if matches else ""


def cut(text: str, length: int = 60) -> str:
    r"""Return a text on one line, cut where it is long: for values in messages.

    >>> cut("two  lines\nand more of them", 12)
    'two lines …'
    """
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 2].rstrip() + " …"


def cut_list(entries: list[str], length: int = 10, separator: str = ", ") -> str:
    """Return the first entries as one text, and how many more there are.

    >>> cut_list(["a", "b", "c"], 2)
    'a, b, +1 more'
    """
    more = [f"+{len(entries) - length} more"] if len(entries) > length else []
    return separator.join([*entries[:length], *more])
