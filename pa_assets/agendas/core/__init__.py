"""The work itself: pure functions over tables and arrays. No dagster, no client library."""
