"""The bare two-leg bridge in other clients for ARI, each a program of its own."""
