"""How a relation ends, and what the exchange says of it meanwhile."""

import pytest

from alertd.simulators.toobit.people import MOVES, Relation, Standing
from tests.simulators.toobit.conftest import V2

BTC, SOL = "BTC-SWAP-USDT", "SOL-SWAP-USDT"


def whale(one):
    return one.toobit.leader("whale").user_id


def flat(one):
    for symbol in (BTC, SOL):
        one.toobit.close_position("whale", symbol)


async def stop(one):
    _, answer = await one("DELETE", f"{V2}/follower/leaders/{whale(one)}")
    return answer["code"]


async def listed(one):
    return [row["leaderNickname"] for row in await one.data("/follower/leaders")]


async def is_set(one):
    _, answer = await one("GET", f"{V2}/follower/config", f"leaderUserId={whale(one)}")
    return answer["code"] == 200


@pytest.mark.parametrize("before", Standing)
@pytest.mark.parametrize("after", Standing)
def test_a_relation_only_goes_on(before, after):
    relation = Relation("1", "2", 0, 0, {}, standing=before)
    if after in MOVES[before]:
        relation.go(after)
        assert relation.standing is after
    else:
        with pytest.raises(ValueError, match="cannot become"):
            relation.go(after)
        assert relation.standing is before


async def test_it_ends_at_once(as_copier):
    assert await stop(as_copier) == -120055
    flat(as_copier)
    assert as_copier.toobit.effects == {}
    assert [await stop(as_copier), await stop(as_copier)] == [200, -32045]
    assert await listed(as_copier) == ["dolphin"]
    assert as_copier.toobit.effects == {"stop_copying": 1}


async def test_it_ends_after_a_while(as_copier):
    """Asked again meanwhile it is accepted, and has no second effect; nothing new is copied."""
    flat(as_copier)
    as_copier.toobit.delay_leaving(reads=2)
    assert [await stop(as_copier), await stop(as_copier)] == [200, 200]
    as_copier.toobit.open_position("whale", BTC)
    assert await listed(as_copier) == ["whale", "dolphin"]
    assert await is_set(as_copier)
    assert not await is_set(as_copier)
    assert await listed(as_copier) == ["dolphin"]
    assert await stop(as_copier) == -32045
    assert as_copier.toobit.effects == {"stop_copying": 1}


async def test_a_list_that_is_behind_and_then_right(as_copier):
    flat(as_copier)
    await listed(as_copier)
    as_copier.toobit.lie(path="/leaders", says="before", reads=2)
    await stop(as_copier)
    assert [await listed(as_copier) for _ in range(3)] == [["whale", "dolphin"]] * 2 + [["dolphin"]]
    assert not await is_set(as_copier)


async def test_a_list_that_is_empty_and_then_right(as_copier):
    as_copier.toobit.lie(path="/leaders", says="nothing")
    as_copier.toobit.lie(path="/follower/config", says="nothing")
    assert [await listed(as_copier), await listed(as_copier)] == [[], ["whale", "dolphin"]]
    assert [await is_set(as_copier), await is_set(as_copier)] == [False, True]
    with pytest.raises(ValueError, match="says is"):
        as_copier.toobit.lie(says="what?")


async def test_a_page_without_rows(as_leader):
    as_leader.toobit.lie(path="/followers", says="nothing")
    first, second = [await as_leader.data("/leader/followers") for _ in range(2)]
    assert (first["total"], first["list"], second["total"]) == ("0", [], "12")


async def test_frozen_accounts_change_nothing_and_are_read(as_copier):
    flat(as_copier)
    as_copier.toobit.freeze()
    assert await stop(as_copier) == -1031
    assert await listed(as_copier) == ["whale", "dolphin"]
    as_copier.toobit.heal()
    assert await stop(as_copier) == 200


async def test_an_answer_that_is_lost_has_its_effect_and_one_that_is_not_made_none(as_copier):
    flat(as_copier)
    as_copier.toobit.fail(504, -1007, method="DELETE", times=1)
    assert await stop(as_copier) == -1007
    assert as_copier.toobit.effects == {}
    as_copier.toobit.fail(504, -1007, method="DELETE", times=1, after=True)
    assert await stop(as_copier) == -1007
    assert as_copier.toobit.effects == {"stop_copying": 1}


async def test_effects_of_a_leader(as_leader):
    for symbol, side in ((BTC, "long"), ("ETH-SWAP-USDT", "short")):
        as_leader.toobit.close_position("leader", symbol, side)
    assert (await as_leader("DELETE", f"{V2}/leader/followers/7001"))[1]["code"] == 200
    assert (await as_leader("DELETE", f"{V2}/leader/followers/7001"))[1]["code"] == -32045
    settings = await as_leader.data("/leader/config")
    body = settings | {"unLeadStartTime": 0, "unLeadEndTime": 0}
    for share in ("0.1", "0.2", "0.2"):
        assert (await as_leader("PUT", f"{V2}/leader/config", body=body | {"profitRate": share}))[0] == 200
    assert as_leader.toobit.effects == {"remove_follower": 1, "leader_config": 1}
