"""Which settings are taken from the files of AWS's command line, and when."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lorasurgery.errors import RemoteError
from lorasurgery.remote.aws_files import settings_of_files

CONFIG = """
[default]
region = eu-west-1

[profile other]
region = us-east-2
endpoint_url = https://store.example.org

[profile login]
sso_session = work
"""
CREDENTIALS = """
[default]
aws_access_key_id = id
aws_secret_access_key = secret

[other]
aws_access_key_id = other-id
aws_secret_access_key = other-secret
aws_session_token = token
"""
OF_DEFAULT = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "aws_region": "eu-west-1"}
OF_OTHER = {
    "aws_access_key_id": "other-id",
    "aws_secret_access_key": "other-secret",
    "aws_session_token": "token",
    "aws_region": "us-east-2",
    "aws_endpoint": "https://store.example.org",
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [*os.environ]:
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws/config").write_text(CONFIG, encoding="utf-8")
    (tmp_path / ".aws/credentials").write_text(CREDENTIALS, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, OF_DEFAULT),
        ({"AWS_PROFILE": "other"}, OF_OTHER),
        ({"AWS_ACCESS_KEY_ID": "x"}, {"aws_region": "eu-west-1"}),
        ({"AWS_ACCESS_KEY_ID": "x", "AWS_REGION": "y"}, {}),
        ({"AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}, {"aws_region": "eu-west-1"}),
    ],
)
def test_files_fill_in_what_the_environment_lacks(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert settings_of_files() == expected


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("login", r"aws configure export-credentials --profile login --format env"),
        ("absent", r"AWS_PROFILE is 'absent', and neither"),
    ],
)
def test_a_profile_that_cannot_be_used_is_an_error_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, profile: str, said: str
) -> None:
    monkeypatch.setenv("AWS_PROFILE", profile)
    with pytest.raises(RemoteError, match=said):
        settings_of_files()


def test_a_damaged_file_is_named_and_not_quoted(home: Path) -> None:
    (home / ".aws/credentials").write_text("aws_secret_access_key = SECRET\n", encoding="utf-8")
    with pytest.raises(RemoteError, match="credentials is not a settings file") as failed:
        settings_of_files()
    assert "SECRET" not in str(failed.value)


def test_without_files_there_is_nothing(home: Path) -> None:
    (home / ".aws/credentials").unlink()
    (home / ".aws/config").unlink()
    assert settings_of_files() == {}
