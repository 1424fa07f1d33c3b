"""What happened and why, proven: ledger, replay, explanations, the audit."""
