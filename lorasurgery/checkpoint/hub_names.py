"""Names of Hub repositories: `org/name`, `org/name@revision`, `hf://org/name`, `gpt2`, or a page's
address.

Names without an owner are those from before the Hub had owners; there are no new ones, and the Hub
forwards them.
"""

from __future__ import annotations

import re

from lorasurgery.checkpoint.folder import PICKLE_SUFFIXES
from lorasurgery.errors import HubError

NAME = re.compile(r"(?:hf://)?(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
ALONE = re.compile(r"(?:hf://)?(?P<repo>[\w.-]+)(?:@(?P<revision>[\w./-]+))?")
PAGE = re.compile(
    r"(?:https?://)?(?:www\.)?(?:huggingface\.co|hf\.co)/(?P<repo>[\w.-]+(?:/[\w.-]+)?)"
    r"(?:/(?:tree|blob|resolve|commit)/(?P<revision>[^/?#]+)(?:/(?P<file>[^?#]+))?)?/?(?:[?#].*)?"
)
# What else has pages there.
NOT_MODELS = ("collections", "datasets", "docs", "papers", "spaces")

# The names without an owner, by who owns them now.
OWNERS = {
    "FacebookAI": """roberta-base roberta-large roberta-large-mnli xlm-clm-ende-1024 xlm-clm-enfr-1024
        xlm-mlm-100-1280 xlm-mlm-17-1280 xlm-mlm-en-2048 xlm-mlm-ende-1024 xlm-mlm-enfr-1024
        xlm-mlm-enro-1024 xlm-mlm-tlm-xnli15-1024 xlm-mlm-xnli15-1024 xlm-roberta-base
        xlm-roberta-large xlm-roberta-large-finetuned-conll02-dutch
        xlm-roberta-large-finetuned-conll02-spanish xlm-roberta-large-finetuned-conll03-english
        xlm-roberta-large-finetuned-conll03-german""",
    "Salesforce": "ctrl",
    "albert": """albert-base-v1 albert-base-v2 albert-large-v1 albert-large-v2 albert-xlarge-v1
        albert-xlarge-v2 albert-xxlarge-v1 albert-xxlarge-v2""",
    "almanach": "camembert-base",
    "dbmdz": "bert-base-german-dbmdz-cased bert-base-german-dbmdz-uncased",
    "distilbert": """distilbert-base-cased distilbert-base-cased-distilled-squad distilbert-base-german-cased
        distilbert-base-multilingual-cased distilbert-base-uncased
        distilbert-base-uncased-distilled-squad distilbert-base-uncased-finetuned-sst-2-english
        distilgpt2 distilroberta-base""",
    "google-bert": """bert-base-cased bert-base-cased-finetuned-mrpc bert-base-chinese bert-base-german-cased
        bert-base-multilingual-cased bert-base-multilingual-uncased bert-base-uncased
        bert-large-cased bert-large-cased-whole-word-masking
        bert-large-cased-whole-word-masking-finetuned-squad bert-large-uncased
        bert-large-uncased-whole-word-masking bert-large-uncased-whole-word-masking-finetuned-squad""",
    "google-t5": "t5-11b t5-3b t5-base t5-large t5-small",
    "openai-community": """gpt2 gpt2-large gpt2-medium gpt2-xl openai-gpt roberta-base-openai-detector
        roberta-large-openai-detector""",
    "transfo-xl": "transfo-xl-wt103",
    "xlnet": "xlnet-base-cased xlnet-large-cased",
}
OWNER_OF = {name: owner for owner, names in OWNERS.items() for name in names.split()}


def is_hub_name(name: str) -> bool:
    """Whether the words can be a Hub name; a path that exists is a path, whatever it looks like."""
    if _page(name) is not None:
        return True
    has_file_suffix = name.endswith((".safetensors", *PICKLE_SUFFIXES))
    return _match(name) is not None and not name.startswith(".") and not has_file_suffix


def split_name(name: str) -> tuple[str, str | None]:
    """The repository and the revision of a Hub name.

    Raises:
        HubError: it is not one, or the address of one file.
    """
    match = _page(name) or _match(name)
    if match is None:
        raise HubError(f"'{name}' is not a Hub name; one looks like org/name or org/name@revision.")
    file = match.groupdict().get("file")
    if file is not None and "." in file:
        raise HubError(
            f"{name} is the address of one file. Give the repository, {match['repo']}; or fetch the file by "
            f"`hf download {match['repo']} {file}` and give its path."
        )
    return match["repo"], match["revision"]


def with_owner(repo: str) -> str:
    """A repository's name of today."""
    return f"{OWNER_OF[repo]}/{repo}" if repo in OWNER_OF else repo


def _match(name: str) -> re.Match[str] | None:
    alone = ALONE.fullmatch(name)
    return alone if alone is not None and alone["repo"] in OWNER_OF else NAME.fullmatch(name)


def _page(name: str) -> re.Match[str] | None:
    match = PAGE.fullmatch(name)
    return None if match is None or match["repo"].split("/")[0] in NOT_MODELS else match
