"""What acts within a recurrence while training."""
