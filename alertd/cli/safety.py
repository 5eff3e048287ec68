"""What everybody must know before relying on alertd, in both languages."""

from __future__ import annotations

from typing import Literal

_SAFETY = {
    "en": """\
Before you rely on alertd:
- It is not affiliated with, endorsed by or supported by OKX or Toobit.
- It gives no investment advice, and it comes without any warranty.
- Alerts can be late or lost: at the exchange, on the network, at your message provider, on your phone.
- Your position can be liquidated before an alert reaches you, or without any alert.
- It cannot prevent a liquidation. What happens on your accounts stays your responsibility.""",
    "zh": """\
在依赖 alertd 之前，请先了解：
- 本软件与 OKX、Toobit 没有任何隶属关系，也未得到其认可或支持。
- 本软件不构成任何投资建议，也不提供任何形式的担保。
- 告警可能延迟或丢失：原因可能在交易所、网络、消息服务商或您的手机。
- 您的仓位可能在告警送达之前就已被强平，也可能在没有任何告警的情况下被强平。
- 本软件无法阻止强平。您账户上发生的一切由您自行负责。""",
}

SAFETY_IN_SHORT = (
    "Not affiliated with OKX or Toobit. No advice, no warranty. "
    "Alerts can be late or lost at providers; liquidation can come before them. "
    "与 OKX、Toobit 无关；不构成投资建议，不提供担保；告警可能延迟或丢失，强平可能先于告警发生。"
)


def safety_text(language: Literal["en", "zh"]) -> str:
    """The whole text, several lines."""
    return _SAFETY[language]
