"""The Chinese texts about silences, and about alerts that come and go."""

from __future__ import annotations

from collections.abc import Mapping

SILENCE_CHINESE: Mapping[str, str] = {
    "kind_silence": "静默即将结束",
    "silence_subject": "静默将在 {left} 后结束",
    "silence_happened": "{person} 的静默 {id} 将于 {moment} 结束。",
    "silence_why": "设置原因：{comment}",
    "silence_mutes": "它目前静默着 {count} 条未结束的告警：届时仍未好转的会告知。",
    "silence_mutes_one": "它目前静默着一条未结束的告警：届时仍未好转则会告知。",
    "silence_mutes_none": "它目前没有静默任何未结束的告警。",
    "silence_has_passed": "静默期间发生、现已过去：{count} 条。未告知任何人；静默结束时会列出。",
    "silence_subject_over": "静默已结束",
    "silence_happened_over": "{person} 的静默 {id} 已于 {moment} 结束。本应提前告知。",
    "silence_told_since": "它静默过、且当时尚未结束的内容，此后已告知。",
    "silence_step_renew": "如需继续静默，请新建一个：alertd silence add",
    "silence_step_end": "如需立即结束：alertd silence expire {id}",
    "silence_over": "{person} 的静默 {id} 已结束。",
    "silence_over_why": "{person} 的静默 {id}（{comment}）已结束。",
    "silence_still_bad": "以下是它静默过、且尚未结束的内容。",
    "silence_passed": "静默期间发生、现已过去：标为“已结束”的条目，此前未告知任何人。",
    "marker_passed": "曾静默 已过 {severity}",
    "silence_unnamed": "其中只列出最严重和最新的：静默期间另有 {count} 条。",
    "came_back": "它结束后又重新出现：本轮共 {count} 次。只有好转持续 {span} 才会视为结束。",
}
