"""alertd: the risk-alert daemon for copy trading accounts."""

__version__ = "0.1.0"
