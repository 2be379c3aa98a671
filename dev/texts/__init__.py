"""What people read, in each language: found in templates and in Python, kept in locale/, compiled for gettext.

`python -m dev.texts` brings locale/ up to date; docs/languages.md says how a language is added. Nothing of it needs
gettext's own programs.
"""
