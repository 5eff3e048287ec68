"""Who copies whom, and how that ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from alertd.simulators.toobit.faults import Faults
from alertd.simulators.toobit.people import Leader, Position, Relation, Standing


class Relations(Faults):
    """`happened` lists, in order, what changed: one line for each order, copy, liquidation, person.

    `effects` counts by kind what calls of accounts really changed, whatever they were answered with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.leaders: dict[str, Leader] = {}
        self.relations: list[Relation] = []
        self.happened: list[str] = []
        self.effects: Counter[str] = Counter()

    def relation(self, leader_id: str, follower_id: str) -> Relation | None:
        return next(
            (one for one in self.relations if (one.leader_id, one.follower_id) == (leader_id, follower_id)),
            None,
        )

    def copied_by(self, follower_id: str) -> list[Relation]:
        return [one for one in self.relations if one.follower_id == follower_id]

    def followers_of(self, leader_id: str) -> list[Relation]:
        return [one for one in self.relations if one.leader_id == leader_id]

    def copies_of(self, leader_id: str, position: Position) -> Iterator[tuple[Relation, Position]]:
        for relation in self.followers_of(leader_id):
            for copy in relation.positions:
                if copy.key == position.key:
                    yield relation, copy

    def part(self, relation: Relation, effect: str) -> None:
        """A call ends it: at once, or while it is still shown for a while. Asked again it changes nothing."""
        if relation.standing is not Standing.FOLLOWING:
            return
        self.effects[effect] += 1
        if not self.leaving_reads:
            self.end(relation)
            return
        relation.go(Standing.LEAVING)
        relation.reads_left = self.leaving_reads
        self.happened.append(f"leaving {self.leaders[relation.leader_id].nickname} {relation.follower_id}")

    def was_read(self) -> None:
        """Somebody looked: what is LEAVING comes nearer to its end."""
        for relation in list(self.relations):
            if relation.standing is Standing.LEAVING:
                relation.reads_left -= 1
                if relation.reads_left < 0:
                    self.end(relation)

    def end(self, relation: Relation) -> None:
        relation.go(Standing.LEFT)
        self.relations.remove(relation)
        self.happened.append(f"left {self.leaders[relation.leader_id].nickname} {relation.follower_id}")
