"""The main window: navigation, pages, messages."""
