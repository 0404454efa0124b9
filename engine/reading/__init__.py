"""From files to records: YAML and CSV that people write, with the place of every word."""
