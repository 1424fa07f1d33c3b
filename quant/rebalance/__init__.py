"""Which trades a policy wants: triggers, destinations, optimum, harvests, and why not."""
