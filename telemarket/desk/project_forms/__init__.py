"""Forms over a project's plan: what they show, what they read, and where a problem stands in them."""
