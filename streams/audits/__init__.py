"""The NCRS audit: which records are read, and what the readings say of all records.

A plan draws a stratified sample of one frame (incidents, referrals, ...) by digest, people read it, and the share of
crimes that was recorded is estimated for the whole frame, with an interval.  ``ESTIMATOR.md`` derives the estimate.
"""
