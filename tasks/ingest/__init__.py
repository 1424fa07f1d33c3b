"""From what a vendor delivered to staged rows: requests, faults, repairs, units, which source serves."""
