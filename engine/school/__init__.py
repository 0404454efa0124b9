"""Training: examinations made of stored cases, the record of who answered what, sheets for a training room."""
