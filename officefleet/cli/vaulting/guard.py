"""Keeps secrets out of what a command says when it ends with an error."""

from __future__ import annotations

import contextlib
import logging
import traceback
from typing import TYPE_CHECKING

from officefleet.errors import OfficefleetError, ProblemsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from officefleet.engine.masking import Mask


class UnexpectedError(Exception):
    """An error that nobody expected, as text from which every secret has been taken."""


@contextlib.contextmanager
def guarded(mask: Mask) -> Iterator[None]:
    """Take secrets out of errors, tracebacks and log lines that leave the block.

    Raises:
        UnexpectedError: in place of an exception that is not one of ours.

    """
    handler = logging.StreamHandler()
    handler.addFilter(lambda record: _clean_record(record, mask))
    logger = logging.getLogger("officefleet")
    logger.addHandler(handler)
    try:
        yield
    except OfficefleetError as error:
        _clean(error, mask)
        raise
    except Exception as error:
        if isinstance(error, BrokenPipeError):
            raise
        text = "".join(traceback.format_exception(error))
        raise UnexpectedError("\n" + str(mask.clean(text))) from None
    finally:
        logger.removeHandler(handler)


def _clean(error: OfficefleetError, mask: Mask) -> None:
    error.message = str(mask.clean(error.message))
    error.hint = str(mask.clean(error.hint))
    error.args = (error.message,)
    if isinstance(error, ProblemsError):
        for problem in error.problems:
            _clean(problem, mask)


def _clean_record(record: logging.LogRecord, mask: Mask) -> bool:
    record.msg, record.args = mask.clean(record.getMessage()), ()
    if record.exc_info and record.exc_info[1] is not None:
        record.exc_text = str(mask.clean("".join(traceback.format_exception(record.exc_info[1]))))
        record.exc_info = None
    return True
