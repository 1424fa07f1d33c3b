"""What a portfolio would trade under another assumption, by the decision of a run; nothing is stored."""
