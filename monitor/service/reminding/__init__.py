"""Reconcile what is owed to people with what they were sent."""
