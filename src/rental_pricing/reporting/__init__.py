"""Reporting: pictures and pages for people."""
