"""Which offences are notifiable, by code and class: the Home Office's lists, as data.

``notifiable.csv`` holds every entry of the Notifiable Offences List and of the list of reported incidents, ceased ones
too, each with its dates and the classes of ours that it may be recorded under.  Why these is said in ``MAPPING.md``, by
which ``python -m deploy.files.offence_list`` takes in the lists of another year.
"""

from streams.offences.codes import ReadCode, read_code
from streams.offences.entries import OffenceEntry, names_of
from streams.offences.offence_list import OffenceList, offence_list

__all__ = ["OffenceEntry", "OffenceList", "ReadCode", "names_of", "offence_list", "read_code"]
