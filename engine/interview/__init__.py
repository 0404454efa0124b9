"""The interview: a dossier asked for question by question, and kept in its file."""
