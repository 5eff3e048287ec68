"""`alertd okx`: OKX's copy trading for people: tables and JSON. Only reads."""
