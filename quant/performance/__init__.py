"""How a series of values has done: growth, risk, and against another one."""
