"""`alertd toobit`: Toobit's copy trading for people: tables, JSON, and changes that ask first."""
