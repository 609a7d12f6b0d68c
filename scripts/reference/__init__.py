"""The pages below docs/reference, made from what they are about: models, values, instruments."""
