"""What happens after a call, and every night."""
