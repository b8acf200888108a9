"""The graph of an event: its declaration, its rows, how they are brought into a server and compared with it."""
