"""Answers that Azure gave and somebody recorded, asked of netcheck again."""
