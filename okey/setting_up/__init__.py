"""`manage.py okey_setup`: what production needs, asked, checked and written to `.env`.

It runs where okey/settings.py does not load yet, so nothing here may read a setting, translate a text or ask a model.
"""
