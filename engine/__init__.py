"""A shell for rule-based advice: it knows how to read, infer, settle, explain and plan, and no word of any domain."""
