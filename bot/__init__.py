"""The conversation: understanding, profile, reasons, words, memory, the page and the command line."""
