#!/usr/bin/env python
"""Django's command line for O-Key."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okey.settings")
    if sys.argv[1:2] == ["okey_setup"]:  # it makes what the settings need to load
        from okey.setting_up.command import main

        sys.exit(main(sys.argv[2:]))
    if sys.argv[1:2] == ["okey_doctor"]:
        from okey.setting_up.refusals import print_refusals

        if print_refusals():
            sys.exit(1)
    execute_from_command_line(sys.argv)
