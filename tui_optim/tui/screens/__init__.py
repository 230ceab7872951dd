"""The screens: the main one, the dialogs, and the help."""
