"""Bring locale/ up to date: find all texts, keep what is translated, compile, and name what is left to do."""

import sys

from dev.texts import catalogs, checking
from dev.texts.finding import texts
from dev.texts.unmarked import unmarked

SHOWN = 40


def main() -> int:
    found, left = texts(), list(unmarked())
    for language in catalogs.LANGUAGES:
        catalogs.write(language, found, catalogs.read(catalogs.path_of(language)))
        said = catalogs.read(catalogs.path_of(language))
        missing = checking.missing(said)
        print(f"{language}: {len(said) - len(missing)} of {len(said)} texts")
        for text in missing[:SHOWN]:
            print(f"  not translated: {text.single!r} ({found[text][0]})")
        if len(missing) > SHOWN:
            print(f"  and {len(missing) - SHOWN} more, each with an empty msgstr in {catalogs.path_of(language)}")
        wrong = list(checking.faults(said))
        for fault in wrong:
            print(f"  {fault}")
        left += [*(text.single for text in missing), *wrong]
    for where in unmarked():
        print(f"not marked: {where}")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
