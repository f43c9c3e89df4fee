"""Verdicts: does this peripheral work on this machine, and will it after an update?"""
