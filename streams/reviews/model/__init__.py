"""A model of which reports hide a crime that nobody else will find, learnt from what people judged.

It is the force's own, trained by ``cdi review-model train``.  What it says is a Score, which moves a report in the
review queue as far as the policy's ``score_weight`` and ``score_cap`` let it, and changes no alert.

The queue's own priors learn how probably a report discloses a crime that is *not recorded*.  Most of these crimes are
recorded within hours, or named by an alert.  A model has two parts, to tell them from crimes that stay hidden:

1. How probably a report is *answered by itself*: its crime is recorded, or it is closed under a crime's code, so that
   an alert names it.  Only reports that nobody read since show that.
2. How probably a report that is not answered hides a crime.  Only those who read reports tell that.

A score is the probability of a crime in a report that is not answered by itself: (1 - answered) x hides.

Most of what people read was listed first because it was likely.  It teaches all the same, since a report's rank follows
from its marks (:mod:`~streams.reviews.model.marks`), which are what the model goes by, and from the day: among reports
of the same marks chance says which were read.  The blind share has reports of all marks read, whatever their rank.
Where people pick by what the marks do not hold, what they picked teaches too much.
"""
