"""Keep the service well: examine it, verify the record, bring stored answers up to date."""
