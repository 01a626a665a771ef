"""SQLAlchemy models and named queries, one file an aggregate."""
