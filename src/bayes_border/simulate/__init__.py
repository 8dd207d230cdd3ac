"""The independent oracle: plain NumPy, sharing no formula with the engines it checks."""
