"""The price model: features, estimators, and the file format that it is kept in.

Nothing here reads files, knows Kedro or looks at the clock: raw listings go in as data
frames, prices come out as arrays.
"""
