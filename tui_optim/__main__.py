"""`python -m tui_optim` is `tui-optim`."""

import sys

from tui_optim.cli import main

sys.exit(main())
