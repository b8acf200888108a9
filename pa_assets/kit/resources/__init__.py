"""Clients of the outside world: real implementations of `kit.ports`, and the Dagster resources that hand them out.

Client libraries are imported inside functions, so that importing this package costs nothing. No domain word here.
"""
