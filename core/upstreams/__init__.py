"""One client a provider: bytes in, drafts out. Nothing here touches the database."""
