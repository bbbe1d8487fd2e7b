"""Exports of the classic deployment model: XML, JSON, the console."""
