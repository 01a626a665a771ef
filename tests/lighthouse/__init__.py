"""Lighthouse on the pages that a groggy patient and a hurried driver meet: `make lighthouse`."""
