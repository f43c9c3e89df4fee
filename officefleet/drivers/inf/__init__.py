"""INF files: the text that tells Windows which devices a driver package serves."""

from officefleet.drivers.inf.document import InfDocument, parse_document
from officefleet.drivers.inf.lexer import Entry, InfWarning, Section, Token
from officefleet.drivers.inf.package import (
    DriverInf,
    DriverVersion,
    Model,
    SourceFile,
    parse_inf,
    parse_inf_bytes,
)
from officefleet.drivers.inf.target import TargetOs, WindowsVersion, parse_target

__all__ = [
    "DriverInf",
    "DriverVersion",
    "Entry",
    "InfDocument",
    "InfWarning",
    "Model",
    "Section",
    "SourceFile",
    "TargetOs",
    "Token",
    "WindowsVersion",
    "parse_document",
    "parse_inf",
    "parse_inf_bytes",
    "parse_target",
]
