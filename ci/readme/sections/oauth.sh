REDIRECT_URI=$API/docs/v2   # the only one, unless TIDINGS_OAUTH_REDIRECT_URIS lists others
