"""Benchmarks: speed and memory of the real daemon, as ratios against a floor measured in the same run."""
