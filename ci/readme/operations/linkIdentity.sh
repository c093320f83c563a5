consent
