"""HTTP for service managers, monitoring and people. Shows state, hands commands on; decides nothing."""
