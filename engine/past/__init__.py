"""The rules as they stood on an earlier day, beside those of today."""
