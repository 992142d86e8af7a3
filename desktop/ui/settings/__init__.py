"""Settings: how the window looks, where data lies, how secrets are kept."""
