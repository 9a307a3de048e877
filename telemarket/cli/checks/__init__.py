"""What `telemarket check` looks at: each module a part of the installation, each check a small function."""
