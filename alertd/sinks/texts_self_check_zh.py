# ruff: noqa: E501 - a text is easier to read and translate on one line
"""The Chinese texts about alertd itself: the canary, and who watches from outside."""

from __future__ import annotations

from collections.abc import Mapping

SELF_CHECK_CHINESE: Mapping[str, str] = {
    "canary_title": "alertd 运行中",
    "canary_body": "数小时内没有需要通知这里的事，也没有待发的消息。这条消息证明告警能够送达这里。",
    "canary_proof": "这条消息只证明告警现在能够送达这里。",
    "canary_waiting": "等待发往这里的消息：{count} 条（免打扰时段、合并发送，或此前无法送达）。请用 alertd alerts 查看。",
    "canary_dead": "过去 24 小时内放弃发往这里的消息：{count} 条。请用 alertd alerts 查看。",
    "kind_self_check": "alertd 自检",
    "self_check_canary_subject": "告警可能无法送达",
    "self_check_canary_figure": "自检失败",
    "self_check_canary_stuck": "alertd 定期发给自己的检验消息没有按时到达。告警可能滞留在 alertd 内部。",
    "self_check_canary_sinks": "近来没有消息通过 {sinks} 送达。严重告警可能无法由此到达您手中。",
    "self_check_canary_means": "在此期间，外部监视（如果有）收不到任何信号。",
    "self_check_canary_over_subject": "自检",
    "self_check_canary_over": "alertd 发给自己的检验消息又能到达，消息也能送出。",
    "self_check_canary_off": "自检消息已关闭：alertd 不再检验告警能否送达。",
    "self_check_last": "上次到达：{since}",
    "self_check_dead_man_subject": "外部监视",
    "self_check_dead_man_figure": "无法联系",
    "self_check_dead_man": "外部监视（dead_man.url）没有接收 alertd 的信号。它可能会通知您，尽管 alertd 仍在运行；而如果 alertd 此时停止，看起来也是一样。",
    "self_check_dead_man_last": "上次接收信号：{since}",
    "self_check_dead_man_over_subject": "外部监视",
    "self_check_dead_man_over": "外部监视又能接收 alertd 的信号。",
    "self_check_dead_man_off": "不再有外部监视：如果这台服务器停机，您不会收到任何消息。",
    "self_check_peer_subject": "alertd {name} 无响应",
    "self_check_peer_figure": "没有信号",
    "self_check_peer": "另一个 alertd（{name}）不再发出信号：它已停止、断网，或无法送出告警。它所监视的账户现在无人监视。",
    "self_check_peer_last": "上次信号：{since}",
    "self_check_peer_over_subject": "alertd {name}",
    "self_check_peer_over": "另一个 alertd（{name}）又发出信号。",
    "self_check_peer_off": "此处不再监视另一个 alertd（{name}）。",
    "step_peer": "查看运行它的机器：服务、日志和网络。",
    "step_peer_accounts": "在它恢复之前，请自行查看它的账户。",
    "self_check_detail": "详情（原文）：{detail}",
    "step_stuck": "查看 alertd 的日志，以及所在机器的磁盘、内存和负载；若没有发现问题，请重启 alertd。",
    "step_sinks": "检查这些通道的 url，然后运行 alertd doctor --send。",
    "step_dead_man": "检查 dead_man.url（环境变量 ALERTD_DEAD_MAN__URL，或密钥文件 dead_man.url）、这台机器的网络以及监视服务。",
}
