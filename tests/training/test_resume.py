"""A run that was killed goes on to the same bytes; a loss that is no number ends it with what was good."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from learning import BASE, write_tsv
from transformers import AutoConfig

from lorasurgery.errors import DamagedFileError, NumericError, OutputError, UnsupportedError
from lorasurgery.training import methods
from lorasurgery.training.fit import rate_share
from lorasurgery.training.recipe import Recipe
from lorasurgery.training.resume import STATE_FILE
from lorasurgery.training.train import train


class Killed(BaseException):
    """What no handler of the code under test expects."""


def killed_at(step: int) -> object:
    def progress(done: int, _: int, __: float) -> None:
        if done == step:
            raise Killed

    return progress


def test_the_model_drops_out_so_that_random_numbers_must_come_again() -> None:
    assert AutoConfig.from_pretrained(BASE).hidden_dropout_prob == 0.1


# AdaLoRA settles its ranks at step 17 of these 24.
@pytest.mark.parametrize(("method", "step"), [*((method, 17) for method in methods.names()), ("adalora", 22)])
def test_a_run_that_was_killed_goes_on_to_the_same_bytes(method: str, step: int, tmp_path: Path) -> None:
    recipe = Recipe(method=method, rank=4, rate=1e-2, steps=24)
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    files = (
        {"one": data, "other": str(write_tsv(tmp_path / "other.tsv", 32, 5))}
        if method == "parallel"
        else data
    )
    train(str(BASE), files, tmp_path / "whole" / "out", recipe=recipe, dev=files, keep_every=5)
    with pytest.raises(Killed):
        train(
            str(BASE),
            files,
            tmp_path / "cut" / "out",
            recipe=recipe,
            dev=files,
            keep_every=5,
            progress=killed_at(step),
        )  # type: ignore[arg-type]
    assert not (tmp_path / "cut" / "out").exists()
    seen: list[int] = []
    train(
        str(BASE),
        files,
        tmp_path / "cut" / "out",
        recipe=recipe,
        dev=files,
        keep_every=5,
        resume=True,
        progress=lambda step, *_: seen.append(step),
    )
    assert seen == list(range(step // 5 * 5 + 1, 25))
    whole, cut = (
        sorted(path for path in (tmp_path / name).rglob("*") if path.is_file()) for name in ("whole", "cut")
    )
    assert len(whole) == len(cut) > 2
    for one, other in zip(whole, cut, strict=True):
        assert one.read_bytes().replace(b"/whole/", b"/cut/") == other.read_bytes(), one.name
    assert not (tmp_path / "cut" / "out.training").exists()


def unfinished(tmp_path: Path) -> tuple[str, Recipe]:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    recipe = Recipe(rank=2, steps=9)
    with pytest.raises(Killed):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, keep_every=2, progress=killed_at(5))  # type: ignore[arg-type]
    return data, recipe


def test_a_state_is_not_lost_by_mistake(tmp_path: Path) -> None:
    data, recipe = unfinished(tmp_path)
    with pytest.raises(OutputError, match="--resume"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe)
    train(str(BASE), data, tmp_path / "out", recipe=recipe, force=True)
    assert not (tmp_path / "out.training").exists()


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    data, _ = unfinished(tmp_path)
    with pytest.raises(UnsupportedError, match="rank was 2 there and is 3 now"):
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=3, steps=9), resume=True)
    write_tsv(Path(data), 64, seed=3)
    with pytest.raises(UnsupportedError, match="data was"):
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=9), resume=True)


def test_a_state_that_is_damaged_is_refused(tmp_path: Path) -> None:
    data, recipe = unfinished(tmp_path)
    state = tmp_path / "out.training" / STATE_FILE
    state.write_bytes(state.read_bytes()[:200])
    with pytest.raises(DamagedFileError, match="--force"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe, resume=True)


def test_resume_without_a_state_starts_anew(tmp_path: Path) -> None:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    assert (
        len(train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=3), resume=True).losses) == 3
    )


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_the_last_good_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lorasurgery.training.kinds.classification import Classification

    data, plain = str(write_tsv(tmp_path / "films.tsv", 64)), Classification.loss
    calls: list[int] = []

    def spoilt(self: Classification, outputs: object, targets: torch.Tensor) -> torch.Tensor:
        calls.append(1)
        return plain(self, outputs, targets) * (float("nan") if len(calls) == 6 else 1)

    monkeypatch.setattr(Classification, "loss", spoilt)
    recipe = Recipe(rank=2, steps=9, rate=1e-2)
    with pytest.raises(NumericError, match=r"loss is nan at step 6 of 9.*after step 5 is kept.*--resume"):
        train(str(BASE), data, tmp_path / "out", recipe=recipe)
    assert not (tmp_path / "out").exists()
    state = torch.load(tmp_path / "out.training" / STATE_FILE, weights_only=True)
    assert state["step"] == 5
    assert all(each.isfinite().all() for each in state["parameters"].values())
    monkeypatch.setattr(Classification, "loss", plain)
    gone_on = train(str(BASE), data, tmp_path / "out", recipe=recipe, resume=True)
    whole = train(str(BASE), data, tmp_path / "whole", recipe=recipe)
    assert gone_on.losses == whole.losses


def test_what_would_be_overwritten_is_found_before_anything_is_trained(tmp_path: Path) -> None:
    data = str(write_tsv(tmp_path / "films.tsv", 64))
    train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=1))
    with pytest.raises(OutputError, match="exists already"):
        train(str(BASE), data, tmp_path / "out", recipe=Recipe(rank=2, steps=1), progress=killed_at(1))  # type: ignore[arg-type]


def test_the_rate_rises_and_falls_to_almost_nothing() -> None:
    shares = [rate_share(step, 100, 0.1) for step in range(1, 101)]
    assert max(shares) == shares[9] == 1
    assert shares[:10] == sorted(shares[:10])
    assert shares[9:] == sorted(shares[9:], reverse=True)
    assert 0 < shares[-1] < 0.02
