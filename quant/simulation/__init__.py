"""Made-up markets of one-minute bars with known crashes: what the watch sees there, and what it invents."""
