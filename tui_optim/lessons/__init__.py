"""The lecture's experiments as lessons: data, one file a lesson."""
