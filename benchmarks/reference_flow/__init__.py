"""A common way to do the weekly job: five scripts, CSV files between them, a random forest.

Built from the description of a course's project, to measure beside. Nothing is tracked.
"""
