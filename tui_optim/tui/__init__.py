"""The screens: a live view of a training in the terminal."""
