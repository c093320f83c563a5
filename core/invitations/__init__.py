"""Invitations: signed, sent by mail, accepted once, and of no use after a week."""
