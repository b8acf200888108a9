import numpy as np
import pytest

from pa_assets.agendas.core.streams.decision import CLOSE, Trust, learnt_closeness, learnt_trust


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.6, -0.4), (1.5, 0.3), (2.5, -1.0)])
def test_the_curve_is_found_again(slope, shift):
    chance = np.random.default_rng(1)
    best = chance.uniform(0.02, 0.98, 6000)
    right = chance.random(6000) < Trust(slope, shift).confidence(best)
    found = learnt_trust(best, right)
    assert found.slope == pytest.approx(slope, abs=0.15)
    assert found.shift == pytest.approx(shift, abs=0.15)


@pytest.mark.parametrize("right", [[], [True] * 500, [False] * 500, [True] * 490 + [False] * 10])
def test_too_few_mistakes_or_hits_teach_nothing(right):
    assert learnt_trust(np.full(len(right), 0.7), np.array(right, dtype=bool)) == Trust()


def test_a_probability_that_misleads_teaches_nothing():
    best = np.linspace(0.1, 0.9, 400)
    assert learnt_trust(best, best < 0.5) == Trust()


def test_extremes_stay_probabilities():
    best = np.array([0.0, 1e-12, 0.5, 1.0])
    confidence = Trust(3.0, 2.0).confidence(best)
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert (np.diff(confidence) >= 0).all()


def test_answers_split_without_overlap_do_not_run_away():
    best = np.r_[np.full(50, 0.2), np.full(50, 0.9)]
    found = learnt_trust(best, best > 0.5)
    assert np.isfinite([found.slope, found.shift]).all()
    assert found.confidence(np.array([0.9]))[0] > 0.9


def test_how_close_a_further_stream_comes_is_learnt_from_the_sets_of_the_show() -> None:
    chance = np.random.default_rng(5)
    labels = np.zeros((60, 6))
    for row in labels:
        row[chance.choice(6, 2, replace=False)] = 1.0
    first = np.where(np.cumsum(labels, axis=1) == 1, labels, 0.0)
    odds = 0.1 + 6.0 * first + 1.5 * (labels - first)  # the second stream of each session is a quarter as likely
    odds /= odds.sum(axis=1, keepdims=True)
    learnt = learnt_closeness(odds, labels, 3)
    assert 0.02 < learnt <= 0.26
    assert learnt_closeness(odds, first, 3) > 0.26, "one stream each: nothing further is given"
    assert learnt_closeness(odds[:5], labels[:5], 3) == CLOSE
