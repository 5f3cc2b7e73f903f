"""``python -m deploy`` is ``cdi``."""

import sys

from deploy.cli import main

sys.exit(main())
