"""The assets: each reads its inputs, calls one core function and says what came out. Work belongs in `core`."""
