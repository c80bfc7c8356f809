"""A version back from a store: as a dataset of the catalog, as files in a folder."""
