from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from officefleet import models

_CASES = Path(__file__).parent / "cases"
VALID: dict[str, Any] = yaml.safe_load((_CASES / "valid.yml").read_text(encoding="utf-8"))
REFUSED: list[dict[str, Any]] = yaml.safe_load((_CASES / "refused.yml").read_text(encoding="utf-8"))


def _model(name: str) -> type[BaseModel]:
    found = getattr(models, name)
    assert issubclass(found, BaseModel)
    return found


def _changed(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(document)
    for path, value in change.items():
        *way, last = path.split(".")
        here: Any = result
        for step in way:
            here = here[int(step)] if step.isdigit() else here[step]
        here[last] = value
    return result


@pytest.mark.parametrize("name", VALID)
def test_valid_documents_are_accepted_and_survive_json(name: str) -> None:
    made = _model(name).model_validate(VALID[name])
    assert _model(name).model_validate_json(made.model_dump_json(by_alias=True, exclude_unset=True)) == made


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: f"{case['model']}-{next(iter(case['change']))}")
def test_faults_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        _model(case["model"]).model_validate(_changed(VALID[case["model"]], case["change"]))
    assert case["says"] in str(caught.value)


@pytest.mark.parametrize("name", VALID)
def test_models_are_frozen_and_refuse_unknown_keys(name: str) -> None:
    made = _model(name).model_validate(VALID[name])
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, next(iter(_model(name).model_fields)), "x")
    with pytest.raises(ValidationError, match="Extra inputs"):
        _model(name).model_validate({**VALID[name], "surprise": 1})


def test_every_model_has_a_valid_case() -> None:
    inner = {
        "Model", "Address", "Lgo", "GardeShift", "Middleware", "OperatingSystem", "Ports", "BackupCopy",
        "BuildRange", "Groupement", "Fleet",
    }  # fmt: skip
    public = {
        name
        for name in models.__all__
        if isinstance(getattr(models, name), type) and issubclass(getattr(models, name), BaseModel)
    }
    assert public - inner == set(VALID)
