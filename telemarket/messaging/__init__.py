"""Mail and SMS to customers: templates, an outbox, and who carries its messages away."""
