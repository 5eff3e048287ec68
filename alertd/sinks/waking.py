"""Services that ring a telephone: calls, text messages, pagers and alarms. By the scheme of the URL. Pure.

Source: the plugins of Apprise 2.2.0 and what they say of their services.
"""

from __future__ import annotations

_CALLS_AND_MESSAGES = """
46elks atalk bulksms bulkvs burstsms clickatell clicksend cm d7sms eight00com elks exotel freemobile httpsms
infobip kaleyra kavenegar klr kudosity mobilemessage mobilemsg msg91 msgbird nexmo notifyre octopush pingram
plivo ringc serwersms seven sfr sinch smpp smpps smsc smseagle smseagles smsmanager smsmgr smstunnel sns
telesign telnyx twilio voipms vonage wpush
"""
_PAGERS_AND_ALARMS = """
aprs betterstack dapnet firehydrant flowtriq flowtriqs goalert goalerts ilert incidentio jira lfg opsgenie
pagerduty pagertree signl4 spike splunk squadcast victorops xmatters
"""
WAKING = frozenset((_CALLS_AND_MESSAGES + _PAGERS_AND_ALARMS).split())
