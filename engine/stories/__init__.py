"""Stored cases as stories: what was learned, what it turned, whether the advice is as recorded."""
