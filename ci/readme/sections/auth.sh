NEW_EMAIL=reader-$RANDOM$RANDOM@example.org
