"""What a consultation costs, measured side by side in one process: see docs/performance.md."""

import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ON = datetime.date(2026, 11, 24)
