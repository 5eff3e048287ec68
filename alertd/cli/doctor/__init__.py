"""`alertd doctor`: tries for real, and once, what the daemon will rely on; gives findings."""
