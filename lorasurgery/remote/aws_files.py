"""Settings of the AWS command line: ~/.aws/config and ~/.aws/credentials, where the environment has none.

Source: "Configuration and credential file settings in the AWS CLI", AWS Command Line Interface User Guide.
What takes a login or another program (SSO, roles, credential_process) is left to AWS's own tools.
"""

from __future__ import annotations

import os
from pathlib import Path

from lorasurgery.errors import RemoteError

KEYS = {
    "aws_access_key_id": "aws_access_key_id",
    "aws_secret_access_key": "aws_secret_access_key",
    "aws_session_token": "aws_session_token",
    "region": "aws_region",
    "endpoint_url": "aws_endpoint",
}
# Where one of these is set, the environment says who asks.
IN_ENVIRONMENT = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
LOGINS = ("sso_session", "sso_start_url", "role_arn", "credential_process", "login_session")


def settings_of_files() -> dict[str, str]:
    """Return the settings of the profile in use, but those that the environment has.

    Raises:
        RemoteError: the profile takes a login that only AWS's own tools can do; or it is named and absent.
    """
    profile = os.environ.get("AWS_PROFILE", "default")
    found = _profile(profile)
    if found is None:
        if "AWS_PROFILE" not in os.environ:
            return {}
        raise RemoteError(
            f"AWS_PROFILE is {profile!r}, and neither ~/.aws/config nor ~/.aws/credentials has it."
        )
    says_who = any(name in os.environ for name in IN_ENVIRONMENT)
    if not says_who and "aws_access_key_id" not in found and any(name in found for name in LOGINS):
        raise RemoteError(
            f"The AWS profile {profile!r} takes a login. Log in with AWS's own tools, and hand the result "
            f'over: `eval "$(aws configure export-credentials --profile {profile} --format env)"`'
        )
    return {
        name: found[key]
        for key, name in KEYS.items()
        if key in found and not (says_who and key.startswith("aws_")) and not _is_in_environment(name)
    }


def _is_in_environment(name: str) -> bool:
    names = {
        "aws_region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
        "aws_endpoint": ("AWS_ENDPOINT", "AWS_ENDPOINT_URL"),
    }
    return any(each in os.environ for each in names.get(name, ()))


def _profile(name: str) -> dict[str, str] | None:
    """Both files' settings of a profile; the credentials file counts where both have one."""
    home = Path.home() / ".aws"
    config = Path(os.environ.get("AWS_CONFIG_FILE", home / "config"))
    credentials = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE", home / "credentials"))
    sections = [
        _section(config, name if name == "default" else f"profile {name}"),
        _section(credentials, name),
    ]
    found = [each for each in sections if each is not None]
    return {key: value for each in found for key, value in each.items()} if found else None


def _section(file: Path, name: str) -> dict[str, str] | None:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read(file, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        # What the parser says of the file may quote a key.
        raise RemoteError(f"{file} is not a settings file that can be read.") from None
    return dict(parser[name]) if parser.has_section(name) else None
