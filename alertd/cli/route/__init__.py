"""`alertd route`: asks the configuration where news would go. Knows no daemon, no store and no sink."""
