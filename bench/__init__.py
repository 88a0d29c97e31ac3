"""Measurements behind the speed claims; run them with `make bench`.

Every figure is a ratio of medians taken in one run on one machine, against a peer that does
comparable work, or a size or time with a bound. The process exits non-zero when a bound is missed.
"""
