"""Sealed values in YAML and templates: opened when used, never templates, never needed when unused."""

import copy
import json

import pytest

from officefleet.engine.run import make_templar
from officefleet.errors import SecretError, YamlError
from officefleet.source import yaml
from officefleet.source.scope import Scope
from officefleet.source.secrets import Secret, Vaults, age, ansible_vault, opened, opening


def block(plain, tag="!vault", data=None):
    text = (data or ansible_vault.encrypt(plain.encode(), b"pw")).decode()
    return f"{tag} |\n" + "".join(f"      {line}\n" for line in text.splitlines())


@pytest.fixture
def vaults():
    return Vaults([Secret("default", lambda: b"pw")])


@pytest.fixture
def document(vaults):
    def load(text, opener=vaults):
        return yaml.loads(text, "vars.yml", opener)

    return load


def scope(values, opener):
    return Scope([(values, True)], make_templar(opener=opener))


def render(text, values, opener=None):
    inner = scope(values, opener)
    return inner.templar.render(text, inner)


def test_a_value_is_opened_with_its_place(document):
    value = document("a: 1\nsecret: " + block("gel"))["secret"]
    assert value.reveal() == "gel"
    assert str(value.mark) == "vars.yml:2:9"
    assert value.reveal().mark == value.mark


def test_nothing_is_opened_that_is_not_used(document):
    values = document(
        f"user: me\nsecret: {block('x')}db:\n  user: root\n  pw: {block('y')}list:\n  - a\n  - {block('z')}",
        None,
    )
    assert render(
        "{{ user }} {{ db.user }} {{ list[0] }} {{ db.keys() | list }} {{ 'pw' in db }}", values
    ) == ("me root a ['user', 'pw'] True")
    for text in ("{{ secret }}", "{{ db.pw }}", "{{ list[1] }}", "{{ db }}", "{{ list | join }}"):
        with pytest.raises(SecretError) as caught:
            opened(render(text, values))
        assert caught.value.mark.file == "vars.yml"


def test_a_value_is_text_in_templates_wherever_it_stands(document, vaults):
    values = document(f"s: {block('gel 12')}db:\n  pw: {block('y')}  user: u\nlist:\n  - {block('z')}  - a\n")
    cases = {
        "{{ s }}": "gel 12",
        "<{{ s }}>": "<gel 12>",
        "{{ s | length }}": 6,
        "{{ s | upper }}": "GEL 12",
        "{{ s ~ 'x' }}": "gel 12x",
        "{{ db }}": {"pw": "y", "user": "u"},
        "{{ db | to_json }}": '{"pw": "y", "user": "u"}',
        "{{ db | dict2items | map(attribute='value') | list }}": ["y", "u"],
        "{{ db.values() | list }}": ["y", "u"],
        "{{ db | combine({'z': 1}) }}": {"pw": "y", "user": "u", "z": 1},
        "{{ list + ['b'] }}": ["z", "a", "b"],
        "{{ list | map('upper') | list }}": ["Z", "A"],
        "{{ list | to_json }}": '["z", "a"]',
        "{% for one in list %}{{ one }}{% endfor %}": "za",
        "{{ list[::-1] }}": ["a", "z"],
        "text {{ db }}": "text {'pw': 'y', 'user': 'u'}",
        "text {{ list }}": "text ['z', 'a']",
        "{{ db | to_yaml }}": "{pw: y, user: u}\n",
    }
    for text, expected in cases.items():
        assert opened(render(text, values, vaults)) == expected, text


def test_an_opened_value_is_never_a_template(document, vaults):
    values = document(f"t: {block('{{ other }}!')}other: rendered\nvia: '{{{{ t }}}}'\n")
    assert render("{{ t }}", values, vaults) == "{{ other }}!"
    assert render("pre {{ via }}", values, vaults) == "pre {{ other }}!"


def test_opening_is_as_late_as_can_be_for_registered_results(document):
    inner = opening({"a": {"b": [document("s: " + block("x"), None)["s"], 1]}})
    assert inner["a"]["b"][1] == 1
    with pytest.raises(SecretError):
        inner["a"]["b"][0]


def test_copies_stay_sealed(document):
    value = document("s: " + block("x"), None)["s"]
    assert copy.deepcopy({"s": value})["s"] is value
    with pytest.raises(TypeError):
        json.dumps(value)


def test_age_values():
    identity, recipient = age.keygen()
    sealed = age.encrypt("gélule".encode(), [recipient])
    values = yaml.loads(
        "s: " + block("", "!age", sealed), "f", Vaults(identities=lambda: age.identities(identity, "k"))
    )
    assert values["s"].reveal() == "gélule"


def test_a_file_that_is_encrypted_as_a_whole(tmp_path, vaults):
    heard = []
    vaults.tell(heard.append)
    file = tmp_path / "vars.yml"
    file.write_bytes(ansible_vault.encrypt(b"a: gelule\nb: {c: [sirop, 48151]}\nd: '{{ a }}'\n", b"pw"))
    values = yaml.load(file, vaults)
    assert values["b"]["c"] == ["sirop", 48151]
    assert {"gelule", "sirop", 48151} <= set(heard)
    assert render("{{ d }}", values, vaults) == "gelule"  # not a vaulted value: a template, as in Ansible
    with pytest.raises(SecretError, match="no password or key"):
        yaml.load(file)


def test_wrong_yaml_in_an_encrypted_file_is_not_quoted(tmp_path, vaults):
    file = tmp_path / "vars.yml"
    file.write_bytes(ansible_vault.encrypt(b"gelule: sirop: x\n", b"pw"))
    with pytest.raises(YamlError) as caught:
        yaml.load(file, vaults)
    assert "sirop" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_malformed_ciphertext_is_told_where_it_is_used(document):
    value = document("s: !vault nonsense\n")["s"]
    with pytest.raises(SecretError, match="not in ansible-vault's format") as caught:
        value.reveal()
    assert "nonsense" not in str(caught.value)


def test_a_key_cannot_be_sealed(document):
    with pytest.raises(YamlError, match="a key must be text"):
        document("!vault x: 1\n")
