"""What people ask of the stored data: load, export, backfill, check, quarantine, measure."""
