"""From drafts to stored articles: normalise, recognise what is known already, merge as a set."""
