"""The engine on a Dask cluster: several processes, or several machines."""
