"""Transformations, the way of a value from one field to another, and suggestions of which field is which. Pure."""
