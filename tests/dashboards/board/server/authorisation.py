"""Who may do what on the board: what each route answers to each role, as a table."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

SIGNED_OUT: Final = "signed out"
EXPECTED: Final = """
route                                        signed out  SUPERVISOR  DUTY_INSPECTOR  FCR      DEPUTY_FCR  DDM      OPS      AUDITOR
GET /                                        307         307         307             307      307         307      307      307
GET /live                                    303         200         200             200      200         200      200      200
GET /live/events                             401         200         200             200      200         200      200      200
POST /live/actions                           303         200         200             200      200         200      200      403
GET /alerts/{alert_id}                       303         200/404     200/404         200/404  200/404     200/404  200/404  200/404
GET /alerts/{alert_id}/events                401         200/404     200/404         200/404  200/404     200/404  200/404  200/404
POST /alerts/{alert_id}/actions              303         303/404     303/404         303/404  303/404     303/404  422/404  403
POST /alerts/{alert_id}/assessments          303         303/404     403             303/404  303/404     303/404  403      403
POST /assessments/undo                       303         404         403             404      404         404      403      403
GET /reviews                                 303         200         403             200      200         200      403      403
GET /reviews/report                          303         200/404     403             200/404  200/404     200/404  403      403
POST /reviews/next                           303         303/404     403             303/404  303/404     303/404  403      403
POST /reviews/answer                         303         303/404     403             303/404  303/404     303/404  403      403
POST /reviews/leave                          303         303         403             303      303         303      403      403
POST /alerts/{alert_id}/links                303         303/404     303/404         303/404  303/404     303/404  403      403
POST /alerts/{alert_id}/links/undo           303         404         404             404      404         404      403      403
POST /alerts/{alert_id}/contacts             303         200/404     200/404         200/404  200/404     200/404  403      403
GET /handover                                303         200         200             200      200         200      200      403
POST /handover                               303         303/422     303/422         303/422  303/422     303/422  303/422  403
GET /trace                                   303         200         200             200      200         200      403      200
GET /fcr/register                            303         403         403             200      200         403      403      200
GET /fcr/register.csv                        303         403         403             200      200         403      403      200
GET /fcr/audits                              303         403         403             200      200         403      403      200
POST /fcr/audits                             303         403         403             303/404  303/404     403      403      403
GET /fcr/oversight                           303         403         403             200      200         403      403      200
POST /fcr/oversight                          303         403         403             303/404  303/404     403      403      403
GET /fcr/unreported                          303         403         403             200      200         403      403      200
POST /fcr/unreported                         303         403         403             303/404  303/404     403      403      403
GET /fcr/disputes                            303         403         403             200      200         403      403      200
POST /fcr/disputes                           303         403         403             303/404  303/404     403      403      403
GET /fcr/figures                             303         200         200             200      200         200      403      200
GET /fcr/figures.csv                         303         403         403             200      200         403      403      200
GET /fcr/figures/parts.csv                   303         403         403             200      200         403      403      200
GET /fcr/deciders                            303         403         403             200      200         403      403      403
GET /fcr/deciders.csv                        303         403         403             200      200         403      403      403
GET /fcr/training                            303         403         403             200      200         403      403      403
GET /fcr/training.csv                        303         403         403             200      200         403      403      403
GET /fcr/policies                            303         200         200             200      200         200      403      200
POST /fcr/policies                           303         403         403             303/422  303/422     403      403      403
GET /fcr/policies/{comparison_id}            303         403         403             200/404  200/404     403      403      200/404
GET /fcr/policies/{comparison_id}/progress   401         403         403             200/404  200/404     403      403      200/404
GET /fcr/policies/{comparison_id}/rules.csv  303         403         403             200/404  200/404     403      403      200/404
GET /fcr/policies/{comparison_id}/cases.csv  303         403         403             200/404  200/404     403      403      200/404
POST /fcr/policies/{comparison_id}/again     303         403         403             303/404  303/404     403      403      403
POST /fcr/policies/{comparison_id}/remove    303         403         403             303/404  303/404     403      403      403
GET /audits                                  303         403         403             200      200         403      403      200
GET /audits/estimates                        303         403         403             200      200         403      403      200
GET /audits/estimates.csv                    303         403         403             200/404  200/404     403      403      200/404
POST /audits/refresh                         303         403         403             303/422  303/422     403      403      303/422
GET /audits/plan                             303         403         403             200      200         403      403      200
POST /audits/plan                            303         403         403             303/422  303/422     403      403      303/422
GET /audits/{audit_id}                       303         403         403             200/404  200/404     403      403      200/404
GET /audits/{audit_id}/read                  303         403         403             200/404  200/404     403      403      200/404
POST /audits/{audit_id}/read                 303         403         403             303/404  303/404     403      403      303/404
GET /audits/{audit_id}/form.csv              303         403         403             200/404  200/404     403      403      200/404
POST /audits/{audit_id}/form                 303         403         403             422/404  422/404     403      403      422/404
POST /audits/requests/{request_id}/make      303         403         403             303/404  303/404     403      403      303/404
GET /audits/requests/{request_id}            303         403         403             200/404  200/404     403      403      200/404
GET /audits/requests/{request_id}/progress   401         403         403             200/404  200/404     403      403      200/404
GET /feeds                                   303         200         200             200      200         200      200      200
GET /sign-in                                 200         200         200             200      200         200      200      200
POST /sign-in                                303         303         303             303      303         303      303      303
GET /sign-in/provider                        404         404         404             404      404         404      404      404
GET /sign-in/callback                        404         404         404             404      404         404      404      404
POST /sign-out                               303         303         303             303      303         303      303      303
GET /account                                 303         200         200             200      200         200      200      200
POST /account/password                       303         303         303             303      303         303      303      303
GET /signed-in                               401         204         204             204      204         204      204      204
GET /healthy                                 200         200         200             200      200         200      200      200
GET /static/board.css                        200         200         200             200      200         200      200      200
"""  # noqa: E501 - a row of a table is a line
"""What each route answers: where two numbers stand, the first is about a record of one's own force, the second about
another force's.  Where one stands, it is the same for both; what the page lists is of one's own force alone."""


class Cell(NamedTuple):
    """One answer that is expected."""

    route: str
    role: str
    owns: bool
    """Whether the records are of the force that whoever asks may see."""
    status: int


def read_table(text: str) -> list[Cell]:
    """Read the table of expected answers."""
    head, *lines = text.strip().splitlines()
    roles = re.split(r"\s{2,}", head)[1:]
    cells = []
    for line in lines:
        route, *answers = re.split(r"\s{2,}", line)
        for role, answer in zip(roles, answers, strict=True):
            own, _, other = answer.partition("/")
            cells += [Cell(route, role, True, int(own)), Cell(route, role, False, int(other or own))]
    return cells
