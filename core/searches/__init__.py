"""What a person has searched for: recorded off the path of the request, listed, cleared, switched off."""
