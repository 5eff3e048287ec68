"""Who may tell alertd what to do."""

from __future__ import annotations

from enum import StrEnum

ADMIN = "admin"  # whoever has the web token; no person of the configuration is called so


class Right(StrEnum):
    """`ACK`: acknowledge, silence, drill, go away. `APPROVE`: decide about actions."""

    READ = "read"
    ACK = "ack"
    APPROVE = "approve"
