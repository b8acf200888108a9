"""Parts that every domain shares: files, fingerprints, staleness, roll-ups, ports and resources.

Nothing in here may know what a session, a visitor or a show is.
"""
