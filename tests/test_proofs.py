"""alertd/proofs.py"""

from __future__ import annotations

from alertd.domain.coverage import SinkProof
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Outcome
from alertd.proofs import SinkProofs
from tests.coverage.evidence import START, at


def health(*, healthy: bool) -> DeliveryHealth:
    return DeliveryHealth(
        event_id="", exchange="", account="", received_at=START, sink="phone", healthy=healthy
    )


def test_every_attempt_says_something_of_its_sink() -> None:
    proofs = SinkProofs()
    assert proofs.of(["phone"]) == (SinkProof(),)
    proofs.attempted("phone", Outcome.TRANSIENT, at(1))
    proofs.attempted("phone", Outcome.UNKNOWN, at(2))
    assert proofs.of(["phone"]) == (SinkProof(failed_at=at(2)),)
    proofs.attempted("phone", Outcome.PERMANENT, at(3))  # it answered, were it with a refusal
    proofs.reported(health(healthy=False))
    assert proofs.of(["phone"]) == (SinkProof(failed_at=at(2), answered_at=at(3), is_dead=True),)
    proofs.attempted("phone", Outcome.SENT, at(4))
    assert proofs.of(["phone", "mail"]) == (
        SinkProof(failed_at=at(2), answered_at=at(4), sent_at=at(4)),
        SinkProof(),
    )
    proofs.reported(health(healthy=True))
    assert not proofs.of(["phone"])[0].is_dead


def test_what_the_store_knows_is_older_than_what_was_seen() -> None:
    proofs = SinkProofs()
    proofs.attempted("phone", Outcome.SENT, at(9))
    proofs.restore({"phone": at(1), "mail": at(2)})
    assert [proof.sent_at for proof in proofs.of(["phone", "mail"])] == [at(9), at(2)]
