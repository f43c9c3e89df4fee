"""Why a value is refused, in words that can be translated where they are shown: models import no i18n."""

from collections.abc import Sequence


class ContradictionError(ValueError):
    """A sentence with names in braces, and what fills them.

    Args:
        text: the sentence in English, as `str.format` takes it.
        fields: what fills the braces.

    """

    def __init__(self, text: str, **fields: object) -> None:
        super().__init__(text.format(**fields))
        self.text = text
        self.fields = fields


def refuse_twice(text: str, values: Sequence[str] | Sequence[int]) -> None:
    """Refuse values of which one is there twice.

    Args:
        text: the sentence, which calls the value ``value``.
        values: few values.

    Raises:
        ContradictionError: one is there twice.

    """
    if len(set(values)) != len(values):
        twice = min(value for value in values if list(values).count(value) > 1)
        raise ContradictionError(text, value=twice)
