"""The rules: values in, values out. Standard library and pydantic only."""
