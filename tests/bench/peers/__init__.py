"""The bare two-leg bridge in other clients for ARI, each a program of its own.

In the end each tells how many calls it bridged.
"""
