"""HTTP for the service manager, the monitoring and (later) people. Reads state; decides nothing."""
