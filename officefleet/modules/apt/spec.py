"""Install, upgrade and remove Debian packages, and keep the package lists fresh.

What apt-get would do is asked of apt-get itself first, so check mode and the report of a change are exact.
"""

from __future__ import annotations

from typing import Literal

from pydantic import AliasChoices, Field, field_validator, model_validator

from officefleet.modules.spec import Args, Bool, Kind, Spec, Text, TextList


class AptArgs(Args):
    """Arguments of apt; times are in seconds."""

    model_config = Args.model_config | {
        "json_schema_extra": {
            "examples": [
                {"name": ["cups", "printer-driver-escpr"], "update_cache": True, "cache_valid_time": 3600},
                {"name": "pcscd=1.9.*", "allow_downgrade": True},
                {"upgrade": "dist", "autoremove": True},
                {"deb": "/srv/pilotes/lecteur.deb"},
            ]
        }
    }

    name: TextList = Field(default=[], validation_alias=AliasChoices("name", "package", "pkg"))
    state: Literal["present", "latest", "absent", "build-dep", "fixed"] = "present"
    deb: Text | None = None
    upgrade: Text = "no"
    update_cache: Bool | None = Field(
        default=None, validation_alias=AliasChoices("update_cache", "update-cache")
    )
    cache_valid_time: int = 0
    update_cache_retries: int = 5
    update_cache_retry_max_delay: int = 12
    default_release: Text | None = Field(
        default=None, validation_alias=AliasChoices("default_release", "default-release")
    )
    install_recommends: Bool | None = Field(
        default=None, validation_alias=AliasChoices("install_recommends", "install-recommends")
    )
    purge: Bool = False
    autoremove: Bool = False
    autoclean: Bool = False
    clean: Bool = False
    only_upgrade: Bool = False
    fail_on_autoremove: Bool = False
    force: Bool = False
    allow_unauthenticated: Bool = Field(
        default=False, validation_alias=AliasChoices("allow_unauthenticated", "allow-unauthenticated")
    )
    allow_downgrade: Bool = Field(
        default=False,
        validation_alias=AliasChoices(
            "allow_downgrade", "allow-downgrade", "allow_downgrades", "allow-downgrades"
        ),
    )
    allow_change_held_packages: Bool = False
    auto_install_module_deps: Bool = True
    dpkg_options: Text = "force-confdef,force-confold"
    force_apt_get: Bool = False
    lock_timeout: int = 60
    policy_rc_d: int | None = None

    @field_validator("upgrade")
    @classmethod
    def _upgrade(cls, upgrade: str) -> str:
        known = {"true": "yes", "false": "no"}.get(upgrade.lower(), upgrade)
        if known not in ("no", "yes", "safe", "full", "dist"):
            raise ValueError("one of no, yes, safe, full, dist")
        return known

    @field_validator("name")
    @classmethod
    def _names(cls, names: list[str]) -> list[str]:
        for name in names:
            if name.startswith("-"):
                raise ValueError("the name of a package does not begin with a hyphen")
        return [name for name in names if name]

    @model_validator(mode="after")
    def _fits(self) -> AptArgs:
        wishes = [bool(self.name), self.upgrade != "no", self.deb is not None]
        if sum(wishes) > 1:
            raise ValueError("name, upgrade and deb exclude each other")
        others = (self.update_cache, self.cache_valid_time, self.autoremove, self.autoclean, self.clean)
        if not any(wishes) and not any(others) and self.state != "fixed":
            raise ValueError("give one of name, deb, upgrade, update_cache, autoremove, autoclean, clean")
        return self


SPEC = Spec(kind=Kind.STATE, args=AptArgs)
