import numpy as np
import pytest

from pa_assets.agendas.config import StreamProcessing
from pa_assets.agendas.core.streams.learning import judge
from pa_assets_tests.agendas.core.programme import TOPICS, ToyEncoder, labelled, session, table
from pa_assets_tests.benchmarks.quality_streams import vet_show

NAMES = dict.fromkeys(TOPICS, "")
ASKED = [session("q1", "Colic in the mare"), session("q2", "Kitten and thyroid"), session("q3", "Welcome")]


def judged(known, asked=ASKED, names=NAMES, encode=None):
    return judge(table(*known), table(*asked), dict(names), StreamProcessing(), encode)


@pytest.mark.parametrize("encode", [None, ToyEncoder().encode])
def test_odds_ranks_and_confidence_agree(encode):
    result = judged(labelled(theatres=False), encode=encode)
    assert result.names == tuple(sorted(TOPICS))
    np.testing.assert_allclose(result.odds.sum(axis=1), 1, atol=1e-4)
    assert (np.diff(np.take_along_axis(result.odds, result.ranked, axis=1)) <= 0).all()
    assert [result.names[row[0]] for row in result.ranked[:2]] == ["Equine", "Feline"]
    assert result.confidence[2] < min(result.confidence[:2])
    assert result.several == 1
    assert not result.holds.any()


def test_the_order_of_labelled_rows_counts_nothing():
    rows = labelled(4)
    first, second = judged(rows), judged(rows[::-1])
    np.testing.assert_array_equal(first.odds, second.odds)
    assert first.reasons == second.reasons


@pytest.mark.parametrize("count", [0, 1, 3])
def test_next_to_nothing_to_learn_from(count):
    result = judged(labelled(1)[:count], encode=ToyEncoder().encode)
    assert np.isfinite(result.odds).all()
    assert np.isfinite(result.confidence).all()


def test_nobody_asked():
    result = judged(labelled(2), asked=[])
    assert result.odds.shape == (0, 4)
    assert result.reasons == []


def test_a_speaker_who_returns_tells_the_stream():
    known = [{**item, "speakers": f"Speaker of {item['stream']}"} for item in labelled(theatres=False)]
    result = judged(known, [session("q1", "Panel", speakers="Speaker of Nursing")])
    assert result.names[result.ranked[0, 0]] == "Nursing"
    assert "Speaker" not in result.reasons[0]


def test_inflections_of_known_words_are_understood():
    known = [session(f"{at}", f"Dentist {at}", stream="Teeth") for at in range(3)]
    known += [session(f"x{at}", f"Surgeon {at}", stream="Knife") for at in range(3)]
    result = judged(known, [session("q1", "Dentistry")], {"Teeth": "", "Knife": ""})
    assert result.names[result.ranked[0, 0]] == "Teeth"


def test_a_small_stream_is_not_drowned_by_a_large_one():
    known = [session(f"{at}", f"Dog health {at}", stream="Large") for at in range(60)]
    known += [session(f"x{at}", f"Dog teeth {at}", stream="Small") for at in range(2)]
    result = judged(known, [session("q1", "Teeth and health of the dog")], {"Large": "", "Small": ""})
    assert result.names[result.ranked[0, 0]] == "Small"


def test_confidence_is_what_it_says_on_sessions_not_seen():
    show = vet_show(900)
    known, hidden = show.iloc[:600], show.iloc[600:]
    chance = np.random.default_rng(5)
    # A third of the labels tells nothing: no classifier can be right there, and it has to know.
    noise = chance.random(900) < 1 / 3
    streams = show["stream"].to_numpy(object).copy()
    streams[noise] = chance.permutation(streams[noise])
    names = dict.fromkeys(sorted(set(streams)), "")
    result = judge(known.assign(stream=streams[:600]), hidden.assign(stream=""), names, StreamProcessing(), None)
    right = np.array([result.names[at] for at in result.ranked[:, 0]]) == streams[600:]
    assert 0.4 < right.mean() < 0.8
    assert abs(right.mean() - result.confidence.mean()) < 0.07
