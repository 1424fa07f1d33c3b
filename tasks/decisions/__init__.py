"""What people decide: approvals, halts, overrides, and all that as a run sees it."""
