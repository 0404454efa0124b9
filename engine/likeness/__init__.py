"""Which stored cases are near to a case at hand, and why."""
