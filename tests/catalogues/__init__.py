"""Catalogues of many kinds as people would bring them, written by code, so that nothing but code is kept."""
