"""Synthetic shows of any size and importers of real programmes: landing files to try the product on.

Nothing here is part of the way of a real show's data; the assets never import this package.
"""
