"""Dates as CLDR writes them in this language."""

from okey.lib.date_patterns import patterns

globals().update(patterns("de"))
