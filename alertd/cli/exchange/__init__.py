"""What `alertd okx` and `alertd toobit` share: a door to one account, lists, tables. Knows no exchange."""
