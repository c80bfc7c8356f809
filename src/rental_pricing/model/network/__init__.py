"""A neural network for tables: PyTorch fits it, NumPy estimates with it.

``learning`` is the one module that imports PyTorch, and is imported when a network is fitted:
who estimates prices needs none of it.
"""
