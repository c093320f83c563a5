"""People: how they register, prove who they are, change what is known of them, and leave."""
