"""The notifier: tells people by e-mail and webhook what alerts have come to, once, and escalates what nobody sees to.

Level-triggered like the rules: :mod:`agents.notifier.wanting` says who should have been told what by now, and the
outbox (:mod:`agents.notifier.store`) says who was; the difference is sent.  So a restart, a replay or a kill between
sending and noting it repeats at most a message, under the very same Message-ID.
"""

from __future__ import annotations
