"""The Chinese texts about who copies whom."""

from __future__ import annotations

from collections.abc import Mapping

COPYING_CHINESE: Mapping[str, str] = {
    "kind_copy_relation": "跟单关系变化",
    "relation_subject": "跟单 {trader}",
    "relation_subject_followers": "您的跟单者",
    "relation_figure_appeared": "已开始",
    "relation_figure_changed": "已变更",
    "relation_figure_left": "已结束",
    "relation_figure_followers": "{before} -> {now}",
    "relation_appeared": "该账户现在跟单 {trader}。{exchange} 的记录现在显示这一关系，之前没有。",
    "relation_changed": "{exchange} 的记录中，跟单 {trader} 的设置与之前不同。",
    "relation_left": "该账户不再跟单 {trader}。{exchange} 不会推送这类消息，这是从其记录中读到的。",
    "relation_followers": "现在有 {now} 人跟单该账户，之前为 {before} 人。",
    "relation_code": "带单员代码：{trader}",
    "relation_began": "跟单始于：{since}",
    "relation_copy_amount": "跟单金额：{now}",
    "relation_copy_amount_changed": "跟单金额：{now}，之前为 {before}",
    "relation_profit_sharing_ratio": "带单员分润比例：{now}",
    "relation_profit_sharing_ratio_changed": "带单员分润比例：{now}，之前为 {before}",
    "relation_lead_mode_changed": "带单员的带单模式已改变：{now}",
    "relation_began_changed": "其间该关系结束后又重新开始。",
    "step_relation_appeared": "如果不是您开始的：在 {exchange} 应用的“跟单”中查看并停止，然后修改密码。",
    "step_relation_changed": "如果您和带单员都没有修改：在 {exchange} 应用的“跟单”中查看。",
    "step_relation_left": "在 {exchange} 应用中查看跟单所开仓位的去向：可能已无人为您平仓。",
    "step_relation_why": "如果不是您结束的：可能已达止损金额，或带单员停止带单、将您移除。",
    "field_copy_amount": "跟单金额",
    "field_profit_sharing_ratio": "分润比例",
    "field_followers": "跟单人数",
    "unseen_copied_traders": "跟单了谁（{where}）",
}
