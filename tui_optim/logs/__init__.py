"""Logs: events to files and back."""
