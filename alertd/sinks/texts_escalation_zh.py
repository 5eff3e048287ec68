"""The Chinese texts about escalation, drills and deputies."""

from __future__ import annotations

from collections.abc import Mapping

ESCALATION_CHINESE: Mapping[str, str] = {
    "kind_drill": "演练",
    "kind_drill_due": "该演练了",
    "kind_away": "外出",
    # a step of the chain
    "escalated_unanswered": "{span}内无人确认，因此也通知您。",
    "escalated_unanswered_again": "{span}内无人再次确认，因此也通知您。",
    "acknowledgement_broken_worse": "{person} 曾确认此告警：{since}；此后情况恶化，因此再次通知。",
    "acknowledgement_broken_news": "{person} 曾确认此告警：{since}；此后又有新情况，因此再次通知。",
    "better_since": "已好转，始于 {since}；持续一段时间后告警才结束。",
    "milder_since": "数值已轻于“{severity}”，始于 {since}；持续一段时间后才按较轻的级别计。",
    "escalated_near": "距强平不足 10 分钟且无人确认：立即通知您。",
    "escalated_near_before": "当时距强平不足 10 分钟且无人确认：因此通知您。",
    "escalated_stop": "有人确认之前会一再通知：alertd ack {id}",
    # somebody has answered
    "marker_acknowledged": "{severity}（{person} 正在处理）",
    "taken_care": "{person} 正在处理。此前因无人确认而通知了您；除非恶化，不再通知其他人。",
    "taken_comment": "{person} 留言：{comment}",
    "taken_also": "同时处理的告警：",
    # a drill
    "severity_drill": "演练",
    "digest_count_drill": "演练 {count} 条",
    "marker_drill_recovered": "演练已应答",
    "marker_drill_unknown": "演练失败",
    "drill_subject": "一切正常",
    "drill_subject_unknown": "无人应答",
    "drill_happened": "这是演练，一切正常。目的是检验告警能否送到会应答的人。",
    "drill_happened_sink": "这是对一个通知渠道的测试，一切正常。目的是检验在这里能否联系到代理人。",
    "drill_recovered": "演练结束：{person} 在 {span}后确认。",
    "drill_unknown": "{span}内无人确认演练。真正的告警也可能无人收到。",
    "drill_started": "发起人：{person}",
    "drill_as_of": "模拟账户：{account}",
    "drill_goes_on": "与真正的告警一样会继续升级通知，直到有人确认。",
    "drill_step_ack": "确认：alertd ack {id}",
    "drill_step_tell": "如果您自己无法确认，请把编号 {id} 告诉 {person}。",
    "drill_step_try": "查明哪条消息到了哪里，修好通知渠道或路由，再演练一次：alertd drill",
    # one is due
    "drill_due_subject": "该做演练了",
    "drill_due_never": "还从未有人应答过演练，因此没人知道夜里的告警能否叫醒人。",
    "drill_due_last": "最近一次有人应答的演练：{moment}。",
    "drill_due_step": "运行 alertd drill，并确认收到的消息。",
    "drill_due_off": "不想再收到此提醒：[rules.drill_due] enabled = false",
    # somebody is away
    "away_subject": "{person} 外出",
    "away_subject_over": "{person} 已返回",
    "away_happened": "在 {moment} 之前，无人确认的告警先发给 {deputy}。",
    "away_now_deputy": "代理人改为 {deputy}",
    "away_now_longer": "延长",
    "away_now_shorter": "缩短",
    "away_before_deputy": "不再发给先前的代理人 {former}。",
    "away_before_until": "先前为 {moment} 之前。",
    "away_before_person": "先前是 {former} 外出；现由 {person} 更改。",
    "away_next": "只有那里也无人确认时，下一轮才同时发给平常的渠道；距强平不足 10 分钟时立即同时发送。",
    "away_over": "无人确认的告警重新发给平常的渠道，不再发给 {deputy}。",
    "away_step_end": "提前结束：alertd away --end",
}
